"""One layer of message passing over the part of a graph that is needed."""

from __future__ import annotations

from torch import Tensor, nn

from sklearn_tagkd.nn.layers.linear import RowLinear
from sklearn_tagkd.nn.links.placed import PlacedNeighborhood

__all__ = ["Convolution", "GCNLayer", "SAGELayer", "glorot"]


def glorot(layer: RowLinear) -> RowLinear:
    """Start a linear map as PyG's GCNConv starts: wider than torch's own.

    Parameters
    ----------
    layer : RowLinear
        Is changed.

    Returns
    -------
    RowLinear
        The same one.
    """
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Convolution(nn.Module):
    """A layer whose new states depend on what is heard and on a node's own state."""

    def forward(
        self, sent: Tensor, own: Tensor, neighborhood: PlacedNeighborhood
    ) -> Tensor:
        """Pass messages once.

        Parameters
        ----------
        sent : Tensor of shape (n_senders, hidden_dim)
            States.
        own : Tensor of shape (n_receivers, hidden_dim)
            The receivers' among them.
        neighborhood : PlacedNeighborhood
            Who receives how much from whom.

        Returns
        -------
        Tensor of shape (n_receivers, hidden_dim)
            New states, before any non-linearity.
        """
        return self.combine(neighborhood.hear(sent), own, neighborhood.loops)

    def combine(self, heard: Tensor, own: Tensor, loops: Tensor) -> Tensor:
        """Make new states of what was heard.

        Parameters
        ----------
        heard : Tensor of shape (n_receivers, hidden_dim)
            From the neighbours.
        own : Tensor of shape (n_receivers, hidden_dim)
            The receivers' states.
        loops : Tensor of shape (n_receivers, 1)
            Their weight.

        Returns
        -------
        Tensor of shape (n_receivers, hidden_dim)
            New states, before any non-linearity.
        """
        return self._map(heard, own, loops)

    def _map(self, heard: Tensor, own: Tensor, loops: Tensor) -> Tensor:
        raise NotImplementedError


class GCNLayer(Convolution):
    """What is heard, with a node's own state in it, through one linear map.

    PyG's GCNConv computes the same; this one takes any part of a graph.

    Parameters
    ----------
    hidden_dim : int
        Columns in and out.
    """

    def __init__(self, hidden_dim: int) -> None:
        super().__init__()
        self.of_heard = glorot(RowLinear(hidden_dim, hidden_dim))

    def _map(self, heard: Tensor, own: Tensor, loops: Tensor) -> Tensor:
        return self.of_heard(heard + loops * own)  # type: ignore[no-any-return]


class SAGELayer(Convolution):
    """What is heard and a node's own state, each through a linear map.

    PyG's SAGEConv computes the same; this one takes any part of a graph.

    Parameters
    ----------
    hidden_dim : int
        Columns in and out.
    """

    def __init__(self, hidden_dim: int) -> None:
        super().__init__()
        self.of_heard = RowLinear(hidden_dim, hidden_dim)
        self.of_own = RowLinear(hidden_dim, hidden_dim, bias=False)

    def _map(self, heard: Tensor, own: Tensor, loops: Tensor) -> Tensor:
        return self.of_heard(heard) + self.of_own(own)  # type: ignore[no-any-return]
