"""Where to compute."""

from __future__ import annotations

import sys

import torch

__all__ = ["free_bytes", "pick_device", "place_of_products", "rests_on"]


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


def free_bytes(device: torch.device) -> int:
    """Tell how much memory a device has left.

    Parameters
    ----------
    device : torch.device
        A device of this machine.

    Returns
    -------
    int
        Bytes: of CUDA what is free now, and what torch keeps for later; of any other,
        which shares the machine's memory, no limit.
    """
    if device.type != "cuda":
        return sys.maxsize
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0]) + int(kept)


def rests_on(device: torch.device, n_bytes: int, share: float) -> bool:
    """Tell whether an array shall lie on a device, or be read from memory by parts.

    Parameters
    ----------
    device : torch.device
        Where a network computes.
    n_bytes : int
        Of the array.
    share : float
        Of the device's free memory that it may take.

    Returns
    -------
    bool
        True for a device that shares the machine's memory.
    """
    return n_bytes <= share * free_bytes(device)
