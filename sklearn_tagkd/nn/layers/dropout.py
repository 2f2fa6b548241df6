"""Dropout that costs less than the layer it guards."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from sklearn_tagkd.nn.randomness import generator_for

__all__ = ["dropout"]


def dropout(values: Tensor, rate: float, training: bool) -> Tensor:
    """Set a share of the values to 0 and scale the others up.

    torch draws one random number per value on a CPU, which took over half of a
    training step; here one 64-bit draw decides over eight values. The rate is
    rounded to the next 1/256.

    Parameters
    ----------
    values : Tensor
        What to drop from.
    rate : float
        Share to drop, in [0, 1).
    training : bool
        Whether to drop at all.

    Returns
    -------
    Tensor
        Of the same shape and expectation.
    """
    threshold = round(rate * 256)
    if not training or not threshold:
        return values
    if values.device.type != "cpu":  # fast there, and the bytes would cost more
        return F.dropout(values, rate)
    threshold = min(threshold, 255)
    n_words = (values.numel() + 7) // 8
    generator = generator_for(values.device)
    words = torch.empty(n_words, dtype=torch.int64)
    words.random_(-(2**63), None, generator=generator)
    draws = words.view(torch.uint8)[: values.numel()].view(values.shape)
    # numpy compares bytes many at a time, where torch takes one by one.
    factor = np.float32(256 / (256 - threshold))
    factors = np.multiply(draws.numpy() >= threshold, factor, dtype=np.float32)
    # One product with the values is one in the gradient, too.
    return values * torch.from_numpy(factors)
