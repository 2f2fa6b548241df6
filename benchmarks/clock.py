"""What time is measured by: the processor's seconds, or with a GPU the clock's."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from sklearn_tagkd.nn.device import pick_device


def clock(device: str) -> Callable[[], float]:
    """Return what tells seconds; with a GPU, once that has done all it was told."""
    where = pick_device(device)
    if where.type != "cuda":
        return time.process_time

    def seconds() -> float:
        torch.cuda.synchronize(where)
        return time.perf_counter()

    return seconds
