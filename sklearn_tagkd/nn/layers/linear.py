"""A linear map whose answers do not depend on how many rows ask at once."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

__all__ = ["RowLinear"]

_FEW = 4096  # rows for which double precision costs next to nothing


class RowLinear(nn.Linear):
    """A linear map, in double precision where few rows ask a trained one.

    A product of few rows adds up in another order than one of many, so a node's
    probabilities would change in their seventh digit with the nodes asked about
    beside it. Rounded from double precision they hardly ever do.

    Parameters
    ----------
    in_features, out_features : int
        Columns in and out.
    bias : bool, default=True
        Whether a learnt row is added.
    device, dtype : object, default=None
        Of the weights, as torch takes them.
    """

    def forward(self, rows: Tensor) -> Tensor:
        """Map rows.

        Parameters
        ----------
        rows : Tensor of shape (n_rows, in_features)
            What to map.

        Returns
        -------
        Tensor of shape (n_rows, out_features)
            Of the same precision.
        """
        if self.training or len(rows) > _FEW:
            return super().forward(rows)
        bias = None if self.bias is None else self.bias.double()
        return F.linear(rows.double(), self.weight.double(), bias).to(rows.dtype)
