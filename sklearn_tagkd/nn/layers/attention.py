"""A layer in which a node weighs what its neighbours say, by products of CSR matrices.

PyG's GATConv copies every sender's state once per link and adds the copies up; here
they are read where they lie, one product per head, and so are their gradients.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from sklearn_tagkd.nn.config import attention_heads
from sklearn_tagkd.nn.layers.linear import RowLinear
from sklearn_tagkd.nn.links.placed import PlacedNeighborhood

__all__ = ["AttentionLayer"]

_SLOPE = 0.2  # of a score below 0


class AttentionLayer(nn.Module):
    """PyG's GATConv; the logarithm of a link's weight is its one attribute.

    Parameters
    ----------
    hidden_dim : int
        Columns in and out.
    """

    def __init__(self, hidden_dim: int) -> None:
        super().__init__()
        heads = attention_heads(hidden_dim)
        self._shape = (heads, hidden_dim // heads)
        self.values = RowLinear(hidden_dim, hidden_dim, bias=False)
        self.of_sender = nn.Parameter(torch.empty(self._shape))
        self.of_receiver = nn.Parameter(torch.empty(self._shape))
        self.of_weight = nn.Parameter(torch.empty(self._shape))
        self.weight_scale = nn.Parameter(torch.empty(self._shape))
        self.bias = nn.Parameter(torch.zeros(hidden_dim))
        nn.init.xavier_uniform_(self.values.weight)
        for factor in (self.of_sender, self.of_receiver, self.of_weight):
            nn.init.xavier_uniform_(factor)
        nn.init.xavier_uniform_(self.weight_scale.data.view(-1, 1))

    def forward(
        self, sent: Tensor, own: Tensor, neighborhood: PlacedNeighborhood
    ) -> Tensor:
        """Pass messages once.

        Parameters
        ----------
        sent : Tensor of shape (n_senders, hidden_dim)
            States.
        own : Tensor of shape (n_receivers, hidden_dim)
            The receivers': the first among them.
        neighborhood : PlacedNeighborhood
            Who receives how much from whom.

        Returns
        -------
        Tensor of shape (n_receivers, hidden_dim)
            New states, before any non-linearity.
        """
        values = self.values(sent).view(-1, *self._shape)  # (S, H, D)
        by_sender = (values * self.of_sender).sum(dim=2).T  # (H, S)
        by_receiver = (values[: len(own)] * self.of_receiver).sum(dim=2).T  # (H, R)
        by_weight = (self.weight_scale * self.of_weight).sum(dim=1, keepdim=True)
        new: Tensor = _Attention.apply(  # type: ignore[no-untyped-call]
            neighborhood, by_sender, by_receiver, by_weight, values
        )
        return new.flatten(1) + self.bias


class _Attention(torch.autograd.Function):
    """Means of the senders' values, each weighted by the exponential of its score.

    The score of a link is the sum of what its sender, its receiver and its weight
    bring to it, a fifth of it where it is negative. A node is a sender to itself; a
    link of weight 0 is none.
    """

    @staticmethod
    @torch.amp.custom_fwd(device_type="cuda", cast_inputs=torch.float32)
    def forward(
        ctx: Any,
        hood: PlacedNeighborhood,
        by_sender: Tensor,
        by_receiver: Tensor,
        by_weight: Tensor,
        values: Tensor,
    ) -> Tensor:
        n, receivers = by_receiver.shape[1], hood.receivers
        log_weights, log_loops = hood.logs
        raw = by_sender.index_select(1, hood.links.col_indices())  # (H, L)
        raw += by_receiver.index_select(1, receivers)
        raw += by_weight * log_weights
        raw_loops = by_sender[:, :n] + by_receiver + by_weight * log_loops  # (H, R)
        shares, of_loops = F.leaky_relu(raw, _SLOPE), F.leaky_relu(raw_loops, _SLOPE)
        # Scores of a node less the greatest among them: no exponential is too large.
        places = receivers.long().expand_as(shares)
        top = of_loops.scatter_reduce(1, places, shares, "amax")
        shares = shares.sub_(top.index_select(1, receivers)).exp_()
        shares.mul_(hood.links.values() > 0)
        of_loops = of_loops.sub_(top).exp_()
        total = hood.sum_by_receiver(shares) + of_loops
        shares = shares.div_(total.index_select(1, receivers))
        of_loops = of_loops.div_(total)
        new = of_loops.T[:, :, None] * values[:n]
        for head, part in enumerate(shares):
            new[:, head] += hood.with_weights(part) @ values[:, head].contiguous()
        ctx.hood = hood
        ctx.save_for_backward(raw, raw_loops, shares, of_loops, values, new)
        return new

    @staticmethod
    @torch.amp.custom_bwd(device_type="cuda")
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        hood: PlacedNeighborhood = ctx.hood
        raw, raw_loops, shares, of_loops, values, new = ctx.saved_tensors
        n = len(new)
        log_weights, log_loops = hood.logs
        of_values = torch.zeros_like(values)
        of_values[:n] = of_loops.T[:, :, None] * gradient
        towards = torch.empty_like(shares)  # of each share: gradient and value, along
        for head, part in enumerate(shares):
            ours = gradient[:, head].contiguous()
            of_values[:, head] += hood.turned(part) @ ours
            towards[head] = hood.along_links(ours, values[:, head].contiguous())
        mean = (gradient * new).sum(dim=2).T  # (H, R)
        of_raw = shares * (towards - mean.index_select(1, hood.receivers))
        of_raw *= torch.where(raw > 0, 1.0, _SLOPE)
        towards_own = (gradient * values[:n]).sum(dim=2).T
        of_raw_loops = of_loops * (towards_own - mean)
        of_raw_loops *= torch.where(raw_loops > 0, 1.0, _SLOPE)
        of_senders = hood.sum_by_sender(of_raw)
        of_senders[:, :n] += of_raw_loops
        of_receivers = hood.sum_by_receiver(of_raw) + of_raw_loops
        of_weights = (of_raw * log_weights).sum(dim=1, keepdim=True)
        of_weights += (of_raw_loops * log_loops).sum(dim=1, keepdim=True)
        return None, of_senders, of_receivers, of_weights, of_values
