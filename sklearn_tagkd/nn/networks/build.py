"""A text head, what the neighbours say, a linear classifier, in one of two shapes."""

from __future__ import annotations

from sklearn_tagkd.nn.config import NetworkConfig
from sklearn_tagkd.nn.networks.message_passing import MessagePassingNetwork
from sklearn_tagkd.nn.networks.rowwise import RowNetwork

__all__ = ["Network", "build_network"]

Network = RowNetwork | MessagePassingNetwork


def build_network(config: NetworkConfig) -> Network:
    """Build a network with fresh weights.

    Parameters
    ----------
    config : NetworkConfig
        Its shape.

    Returns
    -------
    Network
        Without inputs yet.
    """
    return (
        MessagePassingNetwork(config) if config.passes_messages else RowNetwork(config)
    )
