"""How far a network's output is from what it should be."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor

__all__ = ["term_loss"]


def term_loss(kind: str, output: Tensor, values: Tensor, weights: Tensor) -> Tensor:
    """Return how far a network's output is from what it should be.

    Parameters
    ----------
    kind : str
        ``LossTerm.output``.
    output : Tensor of shape (n_rows, n_columns)
        Of the rows of the term.
    values : Tensor of shape (n_rows, n_columns)
        What it should be.
    weights : Tensor of shape (n_rows,)
        Not negative.

    Returns
    -------
    Tensor of shape ()
        Weighted mean over the rows.
    """
    if kind == "logits":
        per_row = -(values * F.log_softmax(output, dim=1)).sum(dim=1)
    else:
        per_row = (output - values).square().sum(dim=1)
    return (weights * per_row).sum() / weights.sum().clamp(min=1e-12)
