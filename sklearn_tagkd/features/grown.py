"""Inputs of a graph that has grown: what was computed of its base is used again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.nn.growth.inputs import GrownInputs
from sklearn_tagkd.nn.inputs import NetworkInputs, Rows
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["asks_about_few", "grown_inputs", "speaks_of_base"]

_FEW = 16  # nodes that are few in any graph
_LINKS_PER_NODE = 10_000  # that might as well be looked at as to find one node's own
Columns = Callable[[Rows], Rows]
Embed = Callable[[NDArray[np.int64]], NDArray[np.float32]]


def asks_about_few(graph: TextGraph) -> bool:
    """Tell whether to look around some nodes of a graph that has grown.

    Parameters
    ----------
    graph : TextGraph
        A view.

    Returns
    -------
    bool
        False where the graph is all of one piece, or so much of it is selected that
        all may be computed anew.
    """
    few = max(_FEW, graph.n_links // _LINKS_PER_NODE)
    return graph.growth is not None and len(graph) <= few


def speaks_of_base(graph: TextGraph, table: RationaleTable | None) -> bool:
    """Tell whether what a language model said is known of the base alone.

    Parameters
    ----------
    graph : TextGraph
        Any view of a graph that has grown.
    table : RationaleTable or None
        What it said of the graph's nodes.

    Returns
    -------
    bool
        False where an added node is spoken of, or links are heavier than they were.
    """
    growth = graph.growth
    if table is None or growth is None:
        return True
    told = (table.positions, table.shown_node, table.key_node)
    last = max(int(nodes.max(initial=-1)) for nodes in told)
    return last < len(growth.base) and not growth.new_links.known.any()


def grown_inputs(
    graph: TextGraph,
    base: NetworkInputs,
    embedder: GraphEmbedder,
    scorer: LinkScorer | None,
    columns: Columns,
) -> GrownInputs:
    """Put what was added to a graph beside the inputs of its base.

    Parameters
    ----------
    graph : TextGraph
        Any view of a graph that has grown.
    base : NetworkInputs
        What a network looks at in ``graph.growth.base``.
    embedder : GraphEmbedder
        Fitted.
    scorer : LinkScorer or None
        What weighs the links.
    columns : callable
        From rows of the embedder to rows of the network.

    Returns
    -------
    GrownInputs
        Texts of added nodes are embedded when they are asked for.
    """
    growth = graph.growth
    assert growth is not None  # it has grown
    links, n_base, n_nodes = growth.new_links, len(growth.base), len(graph.parent)
    # What is remembered of a graph must not keep it alive: of it nothing is held.
    new = growth.added
    receivers, senders = links.rows, links.columns
    added = (links.weights - links.known).astype(np.float32)
    if graph.directed:  # links are kept by sender
        order = np.lexsort((receivers, senders))
        receivers, senders = senders[order], receivers[order]
        added = added[order]

    def rows(nodes: NDArray[np.int64]) -> NDArray[np.float32]:
        places = nodes - n_base
        return embedder.phrases(new[places].texts, new, places)

    def embed(nodes: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.asarray(columns(rows(nodes)))

    raw = _RawRows(embedder.raw_inputs(growth.base), rows, n_nodes) if scorer else None

    def weigh(cells: NDArray[np.int64]) -> NDArray[np.float32]:
        if scorer is None:
            return added[cells]
        ends = receivers[cells], senders[cells]
        return scorer.weigh_pairs(*ends, raw) * added[cells]

    return GrownInputs(base, n_nodes, receivers, senders, weigh, embed)


class _RawRows:
    """Rows by which links are scored; of the added nodes, those that are asked for."""

    def __init__(self, base: NetworkInputs, embed: Embed, n_nodes: int) -> None:
        nobody = np.empty(0, dtype=np.int64)
        self._rows = GrownInputs(base, n_nodes, nobody, nobody, embed, embed)

    def __getitem__(self, nodes: NDArray[np.integer]) -> NDArray[np.float32]:
        return self._rows.rows(nodes.astype(np.int64))
