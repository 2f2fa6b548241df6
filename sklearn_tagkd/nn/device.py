"""Where to compute."""

from __future__ import annotations

import torch

__all__ = ["pick_device", "place_of_products"]


def pick_device(device: str, *, sparse: bool = False) -> torch.device:
    """Return the device a name stands for.

    Parameters
    ----------
    device : str
        ``'auto'`` (CUDA, else Apple's MPS, else the CPU) or a name of torch's such
        as ``'cpu'`` or ``'cuda:1'``.
    sparse : bool, default=False
        Whether products with sparse matrices will be asked for, which MPS may not
        know: ``'auto'`` passes it over then.

    Returns
    -------
    torch.device
        A device of this machine.

    Raises
    ------
    ValueError
        If torch does not know the name or this machine lacks the device.
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        has_mps = torch.backends.mps.is_available() and not sparse
        return torch.device("mps" if has_mps else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"device={device!r} cannot be used here ({reason}). Use 'auto' or 'cpu'."
        ) from None
    return chosen


def place_of_products(device: torch.device) -> torch.device:
    """Return where products with sparse matrices are computed for a device.

    Parameters
    ----------
    device : torch.device
        Where their results are wanted.

    Returns
    -------
    torch.device
        CUDA itself, and the CPU for any other: it computes those of every kind.
    """
    return device if device.type == "cuda" else torch.device("cpu")
