"""PyG's layers behind one call, with our weights on the links."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch_geometric.nn import GATConv, GCNConv, SAGEConv

from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.propagation import mean_weights, symmetric_weights

__all__ = ["Convolution", "LinkWeights", "link_weights"]

_HEADS = 4


@dataclass(frozen=True)
class LinkWeights:
    """Who receives from whom in one layer, as a layer of PyG takes it.

    Parameters
    ----------
    n_receivers : int
        Receiving nodes; they are the first rows of what is sent.
    edges : Tensor
        A sparse matrix ``[receiver, sender]``, or an edge index for attention.
    attributes : Tensor of shape (n_edges, 1) or None
        Logarithm of the links' weights, for attention.
    """

    n_receivers: int
    edges: Tensor
    attributes: Tensor | None = None


class Convolution(nn.Module):
    """One layer of message passing.

    Parameters
    ----------
    backbone : {'gcn', 'sage', 'gat'}
        Which of PyG's layers.
    hidden_dim : int
        Columns in and out.
    """

    def __init__(self, backbone: str, hidden_dim: int) -> None:
        super().__init__()
        self.layer: nn.Module
        if backbone == "gcn":
            self.layer = GCNConv(hidden_dim, hidden_dim, normalize=False)
        elif backbone == "sage":  # the weights in the matrix make the sum a mean
            self.layer = SAGEConv(hidden_dim, hidden_dim, aggr="sum")
        else:
            heads = _HEADS if hidden_dim % _HEADS == 0 else 1
            self.layer = GATConv(
                hidden_dim,
                hidden_dim // heads,
                heads=heads,
                edge_dim=1,
                add_self_loops=False,
            )

    def forward(self, hidden: Tensor, weights: LinkWeights) -> Tensor:
        """Pass messages once.

        Parameters
        ----------
        hidden : Tensor of shape (n_senders, hidden_dim)
            What is sent; receivers come first.
        weights : LinkWeights
            Who receives from whom.

        Returns
        -------
        Tensor of shape (n_receivers, hidden_dim)
            New states.
        """
        if weights.attributes is not None:
            out: Tensor = self.layer(hidden, weights.edges, weights.attributes)
            return out[: weights.n_receivers]
        if isinstance(self.layer, SAGEConv):
            pair = (hidden, hidden[: weights.n_receivers])
            return self.layer(pair, weights.edges)  # type: ignore[no-any-return]
        return self.layer(hidden, weights.edges)  # type: ignore[no-any-return]


def link_weights(
    backbone: str, inputs: NetworkInputs, device: torch.device
) -> tuple[LinkWeights, LinkWeights]:
    """Return what the first and every further layer receive along.

    Parameters
    ----------
    backbone : {'gcn', 'sage', 'gat'}
        Which layers.
    inputs : NetworkInputs
        Links and messages.
    device : torch.device
        Where the weights shall rest.

    Returns
    -------
    tuple of LinkWeights
        Of the first layer, in which alone messages are heard, and of the others.
    """
    if backbone == "gat":
        return (
            _attention_edges(inputs.first_layer_links(), device),
            _attention_edges(inputs.links, device),
        )
    weigh = symmetric_weights if backbone == "gcn" else mean_weights
    first, later = weigh(inputs)
    return _matrix(first, device), _matrix(later, device)


def _matrix(weights: csr_array, device: torch.device) -> LinkWeights:
    with warnings.catch_warnings():
        # Once per process torch calls its CSR tensors a beta; nothing to act upon.
        warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
        matrix = torch.sparse_csr_tensor(
            torch.from_numpy(weights.indptr.astype(np.int64)),
            torch.from_numpy(weights.indices.astype(np.int64)),
            torch.from_numpy(weights.data.astype(np.float32)),
            weights.shape,
            check_invariants=False,  # scipy built it; said aloud, or torch warns
        ).to(device)
    return LinkWeights(weights.shape[0], matrix)


def _attention_edges(links: csr_array, device: torch.device) -> LinkWeights:
    cells = links.tocoo()
    loops = np.arange(links.shape[0])
    receiver = np.concatenate([cells.row, loops]).astype(np.int64)
    sender = np.concatenate([cells.col, loops]).astype(np.int64)
    log_weight = np.log(np.concatenate([cells.data, np.ones(len(loops))]))
    return LinkWeights(
        n_receivers=links.shape[0],
        edges=torch.from_numpy(np.stack([sender, receiver])).to(device),
        attributes=torch.from_numpy(log_weight.astype(np.float32)[:, None]).to(device),
    )
