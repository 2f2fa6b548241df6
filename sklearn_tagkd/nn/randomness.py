"""Random numbers of a fit, which no other fit in the same process draws from.

torch has one generator for all threads. Whoever seeds it while another thread trains
gives that one other numbers, and puts back what it found when both are half done. So a
fit draws from a generator of its own thread; only where torch offers no choice, as when
layers are made, is the common one lent, to one thread at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock, local

import torch

__all__ = ["generator_for", "lent", "seeded", "set_aside"]

_here = local()  # .generator: of the fit that this thread is busy with


class _Common:
    """Who may use torch's own generator; a forked child begins anew."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.lock = RLock()


_common = _Common()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_common.forget)


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Give the calling thread a generator of its own.

    Parameters
    ----------
    seed : int
        Where it begins.
    device : torch.device
        Where the fit computes. A GPU has one generator for all threads: it is seeded,
        and put back afterwards.

    Yields
    ------
    None
        Within, :func:`generator_for` returns it.
    """
    before = getattr(_here, "generator", None)
    _here.generator = torch.Generator().manual_seed(seed)
    state = None
    if device.type == "cuda":
        state = torch.cuda.get_rng_state(device)
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    try:
        yield
    finally:
        _here.generator = before
        if state is not None:
            torch.cuda.set_rng_state(state, device)


def generator_for(device: torch.device) -> torch.Generator | None:
    """Return the generator of the calling thread.

    Parameters
    ----------
    device : torch.device
        Where numbers are drawn.

    Returns
    -------
    torch.Generator or None
        None, which is torch's own, on a GPU and outside of a fit.
    """
    return getattr(_here, "generator", None) if device.type == "cpu" else None


@contextmanager
def lent() -> Iterator[None]:
    """Let torch's own generator go on where that of the calling thread is.

    Yields
    ------
    None
        Within, what takes no generator draws from that of the fit; no other thread
        does meanwhile.
    """
    own = getattr(_here, "generator", None)
    with set_aside():
        if own is not None:
            torch.set_rng_state(own.get_state())
        yield
        if own is not None:
            own.set_state(torch.get_rng_state())


@contextmanager
def set_aside() -> Iterator[None]:
    """Keep torch's own generator for the calling thread, and put it back.

    Yields
    ------
    None
        Within, whatever is drawn from it, or seeded, nobody notices.
    """
    with _common.lock, torch.random.fork_rng(devices=[]):
        yield
