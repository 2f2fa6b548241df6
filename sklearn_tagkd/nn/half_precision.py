"""Products of half precision: whether a model's name asks for them, and how it does."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch

from sklearn_tagkd.nn.device import pick_device

__all__ = ["computes_in_half", "halve_products", "precision_mark", "split_precision"]

_PRECISIONS = ("float32", "bfloat16")
# What processors call it that multiply bfloat16: x86 and ARM.
_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "amx_tile", "bf16")


def split_precision(name: str) -> tuple[str, str | None]:
    """Tell the name of a model from the precision that it shall compute in.

    Parameters
    ----------
    name : str
        Name or folder of a model; ``':bfloat16'`` or ``':float32'`` may follow.

    Returns
    -------
    name : str
        Without that.
    precision : {'bfloat16', 'float32'} or None
        None where nothing is said.

    Raises
    ------
    ValueError
        If another precision is named.

    Examples
    --------
    >>> from sklearn_tagkd.nn.half_precision import split_precision
    >>> split_precision("all-MiniLM-L6-v2:bfloat16")
    ('all-MiniLM-L6-v2', 'bfloat16')
    """
    stem, mark, precision = name.rpartition(":")
    # Hubs allow no colon in a name; of a drive's, the rest of a path follows.
    if not mark or "/" in precision or "\\" in precision or Path(name).is_dir():
        return name, None
    if precision not in _PRECISIONS:
        raise ValueError(
            f"encoder={name!r} names no precision that is known: after the colon there "
            "may be 'bfloat16' or 'float32'."
        )
    return stem, precision


def computes_in_half(name: str, device: str) -> bool:
    """Tell whether products are of bfloat16.

    Parameters
    ----------
    name : str
        Of a model, with or without a precision.
    device : str
        Where it runs. On CUDA it does so unasked, where it can.

    Returns
    -------
    bool
        On other devices only where the name says so.
    """
    precision = split_precision(name)[1]
    if pick_device(device).type == "cuda":
        return precision != "float32" and torch.cuda.is_bf16_supported()
    return precision == "bfloat16"


def precision_mark(name: str, device: str) -> str:
    """Return what keeps vectors of half precision apart in a cache.

    Parameters
    ----------
    name, device : str
        As in :func:`computes_in_half`.

    Returns
    -------
    str
        ``''`` for float32; a GPU and a CPU round differently, and have a mark each.
    """
    if not computes_in_half(name, device):
        return ""
    return "-bf16" if pick_device(device).type == "cuda" else "-bfloat16"


def halve_products(model: Any) -> None:
    """Keep what is multiplied with as bfloat16, so that no batch has to round it anew.

    Parameters
    ----------
    model : torch.nn.Module
        On a CPU; changed in place: maps alone, neither the table of words nor norms. It
        computes under ``torch.autocast``, to the bits that float32 weights give there.

    Warns
    -----
    UserWarning
        If the processor is known to take longer so than it would with float32.
    """
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.to(torch.bfloat16)
    if not _multiplies_bfloat16():
        warnings.warn(
            "This processor has no instructions for bfloat16 (AVX512-BF16, AMX): texts "
            "take longer to encode than with float32. An encoder's name without "
            "':bfloat16' is quicker here, with vectors that are nearly the same.",
            UserWarning,
            stacklevel=2,
        )


def _multiplies_bfloat16() -> bool:
    """Tell it of this CPU; True where torch is too old to know."""
    ask = getattr(torch.cpu, "get_capabilities", None)
    if ask is None:
        return True
    known: dict[str, Any] = ask()
    return any(known.get(name) for name in _INSTRUCTIONS)
