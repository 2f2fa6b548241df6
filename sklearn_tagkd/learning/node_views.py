"""Views of a graph's nodes, and where texts that are no nodes lie in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import normalize

from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.learning.committee import Documents, View, first_opinion
from sklearn_tagkd.learning.company import Company
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.rationales import ProfileTable
from sklearn_tagkd.utils.streams import private_stream

__all__ = [
    "LARGEST_VIEWED",
    "NodeViews",
    "nodes_to_view",
    "part_views",
    "rows_of_nodes",
]

LARGEST_VIEWED = 200_000  # nodes of a graph, all of which a committee looks at
_SAMPLED = 20_000  # nodes of a larger one that stand for all

Parts = list[NDArray[np.float32]]
Hops = tuple[int, float] | None


@dataclass(frozen=True, eq=False)
class NodeViews:
    """What the members of a committee look at.

    One member looks at all there is: texts, words and features, of the node and
    propagated along scored links. The others look at one of these each, propagated
    along links as they are: in every view, scores would let the members make the same
    mistakes.

    Parameters
    ----------
    graph : TextGraph
        Any view; all nodes of the parent are looked at.
    embedder : GraphEmbedder
        Fitted.
    nodes : ndarray of int64 of shape (n_nodes,)
        Positions in the parent of the nodes that are looked at, ascending.
    views : list of View
        One per member.
    heard : list of list of ndarray of float32 of shape (n_nodes, n_part_columns)
        Per member, the propagated parts that it looks at; without links none.
    """

    graph: TextGraph
    embedder: GraphEmbedder
    nodes: NDArray[np.int64]
    views: list[View]
    heard: list[Parts]

    @classmethod
    def of(
        cls,
        graph: TextGraph,
        embedder: GraphEmbedder,
        *,
        scorer: LinkScorer | None,
        hops: Hops,
        nodes: NDArray[np.int64] | None = None,
    ) -> NodeViews:
        """Find the views of a graph's nodes.

        Parameters
        ----------
        graph : TextGraph
            Any view.
        embedder : GraphEmbedder
            Fitted.
        scorer : LinkScorer or None
            What weighs the links; None leaves them all alike.
        hops : (int, float) or None
            Steps of propagation and share that a node keeps; None looks at no link.
        nodes : ndarray of int64 of shape (n_nodes,), default=None
            Positions in the parent, ascending; None looks at all nodes.

        Returns
        -------
        NodeViews
            Remembered for as long as the graph lives.
        """
        nodes = np.arange(len(graph.parent)) if nodes is None else nodes
        plain, scored = embedder.raw_inputs(graph), embedder.raw_inputs(graph, scorer)
        own, heard = _parts(plain, embedder, hops, nodes)
        _, heard_scored = (
            (own, heard) if scored is plain else _parts(scored, embedder, hops, nodes)
        )
        views = embedder.remember(
            graph,
            ("view", hops, scorer, _key(graph, nodes)),
            lambda: [View.of([*own, *heard_scored])],
        )
        members = [heard_scored]
        if len(own) > 1:
            views = [*views, *part_views(graph, embedder, hops, nodes)]
            members += [heard[i : i + 1] for i in range(len(own))]
        return cls(graph, embedder, nodes, views, members)

    def places(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Tell which rows of the views are of some nodes.

        Parameters
        ----------
        positions : ndarray of int64 of shape (n,)
            Positions in the parent, of nodes that are looked at.

        Returns
        -------
        ndarray of int64 of shape (n,)
            One row per node.
        """
        return np.searchsorted(self.nodes, positions)

    def phrases(
        self, texts: list[str], at: NDArray[np.int64]
    ) -> list[NDArray[np.float64]]:
        """Find where nodes would lie with other texts.

        Parameters
        ----------
        texts : list of str
            At least one.
        at : ndarray of int64 of shape (n_texts,)
            The node of each text, one that is looked at; it keeps its neighbourhood.

        Returns
        -------
        list of ndarray of float64 of shape (n_texts, n_components)
            One per view.
        """
        said = _split(
            self.embedder.phrases(texts, self.graph, at), _widths(self.embedder)
        )
        places = self.places(at)
        return [
            view.reduce([*_of_member(said, number), *(part[places] for part in theirs)])
            for number, (view, theirs) in enumerate(
                zip(self.views, self.heard, strict=True)
            )
        ]

    def documents(
        self, profiles: ProfileTable | None, classes: NDArray[Any]
    ) -> Documents | None:
        """Find where invented documents lie, beside nodes like them.

        Parameters
        ----------
        profiles : ProfileTable or None
            What is known of classes.
        classes : ndarray of shape (n_classes,)
            Sorted labels that a committee knows, those of ``profiles`` among them.

        Returns
        -------
        Documents or None
            None where there are none, or the graph has no texts to hold them against.
        """
        if profiles is None or not self.embedder.reads_texts:
            return None
        texts, codes, weights = profiles.lessons()
        if not texts:
            return None
        said = _split(
            self.embedder.documents(texts, self.graph), _widths(self.embedder)
        )
        codes = np.searchsorted(classes, profiles.classes)[codes]
        targets = np.eye(len(classes))[codes]
        # What a node without links hears is itself, at unit length.
        echo = [normalize(part) for part in said]
        echoes = [
            _of_member(echo, number)[: len(theirs)]
            for number, theirs in enumerate(self.heard)
        ]
        alone = Documents(self._of_texts(said, echoes), targets, weights)
        if not self.heard[0]:
            return alone
        company = Company(
            self._texts(), said[0], first_opinion(self.views, alone), codes
        )
        heard = [
            [company.heard(*parts) for parts in zip(theirs, mine, strict=True)]
            for theirs, mine in zip(self.heard, echoes, strict=True)
        ]
        among = self._of_texts(said, heard)
        return replace(alone, rows=among, elsewhere=alone.rows)

    def _of_texts(self, said: Parts, heard: list[Parts]) -> list[NDArray[np.float64]]:
        """Find where texts lie in each view, by what is heard beside them there."""
        return [
            view.reduce([*_of_member(said, number), *parts])
            for number, (view, parts) in enumerate(zip(self.views, heard, strict=True))
        ]

    def _texts(self) -> NDArray[np.float32]:
        """Return the embeddings of the texts of the nodes that are looked at."""
        inputs = self.embedder.raw_inputs(self.graph)
        return _parts(inputs, self.embedder, None, self.nodes)[0][0]


def nodes_to_view(n_nodes: int, also: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose the nodes that a committee looks at.

    Parameters
    ----------
    n_nodes : int
        Of the graph.
    also : ndarray of int64 of shape (n_also,)
        Nodes that have to be among them.

    Returns
    -------
    ndarray of int64 of shape (n_chosen,)
        All nodes of a graph of up to 200,000, 20,000 drawn ones of a larger one beside
        ``also``; ascending.
    """
    if n_nodes <= LARGEST_VIEWED:
        return np.arange(n_nodes)
    drawn = private_stream(0, "nodes that a committee looks at").permutation(n_nodes)
    return np.union1d(drawn[:_SAMPLED], also)


def part_views(
    graph: TextGraph,
    embedder: GraphEmbedder,
    hops: Hops,
    nodes: NDArray[np.int64],
) -> list[View]:
    """Find the views of one part each: texts, their words, features.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    embedder : GraphEmbedder
        Fitted.
    hops : (int, float) or None
        Steps of propagation and share that a node keeps; None looks at no link.
    nodes : ndarray of int64 of shape (n_nodes,)
        Positions in the parent of the nodes to look at, ascending.

    Returns
    -------
    list of View
        Of the parts that there are. Of all nodes nothing in them changes with the fold
        of a search: they are remembered for as long as the graph lives.
    """

    def reduce() -> list[View]:
        own, heard = _parts(embedder.raw_inputs(graph), embedder, hops, nodes)
        return [View.of([mine, *heard[i : i + 1]]) for i, mine in enumerate(own)]

    return embedder.remember(graph, ("views", hops, _key(graph, nodes)), reduce)


def rows_of_nodes(
    graph: TextGraph,
    embedder: GraphEmbedder,
    hops: Hops,
    nodes: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Find where some nodes lie in a view of all there is.

    Parameters
    ----------
    graph : TextGraph
        Any view.
    embedder : GraphEmbedder
        Fitted.
    hops : (int, float) or None
        Steps of propagation and share that a node keeps; None looks at no link.
    nodes : ndarray of int64 of shape (n_nodes,)
        Positions in the parent; at least one.

    Returns
    -------
    ndarray of float64 of shape (n_nodes, n_components)
        Rows of one length.
    """
    viewed = nodes_to_view(len(graph.parent), nodes)
    seen = NodeViews.of(graph, embedder, scorer=None, hops=hops, nodes=viewed)
    return seen.views[0].rows[seen.places(nodes)]


def _parts(
    inputs: NetworkInputs,
    embedder: GraphEmbedder,
    hops: Hops,
    nodes: NDArray[np.int64],
) -> tuple[Parts, Parts]:
    """Return the parts of nodes, and of their neighbourhoods."""
    widths = _widths(embedder)
    is_whole = len(nodes) == inputs.n_nodes
    rows = inputs.embeddings
    own = _split(np.asarray(rows if is_whole else rows[nodes]), widths)
    if hops is None:
        return own, []
    # Imported late: torch takes seconds, `import sklearn_tagkd` none.
    from sklearn_tagkd.nn.links.propagation import unit_columns

    return own, unit_columns(inputs, *hops, widths, None if is_whole else nodes)


def _key(graph: TextGraph, nodes: NDArray[np.int64]) -> bytes | None:
    """Tell samples apart; all nodes are the same ones every time."""
    return None if len(nodes) == len(graph.parent) else nodes.tobytes()


def _widths(embedder: GraphEmbedder) -> list[int]:
    assert embedder.space is not None  # it is fitted
    return [width for width in embedder.space.column_widths if width]


def _of_member(parts: Parts, number: int) -> Parts:
    """Return what a member looks at: the first at all parts, others at one each."""
    return parts if number == 0 else [parts[number - 1]]


def _split(rows: NDArray[np.float32], widths: list[int]) -> Parts:
    return np.split(rows, np.cumsum(widths)[:-1], axis=1)
