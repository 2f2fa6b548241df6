"""Which nodes a report looks at: all of a small graph, a sample of a large one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.utils.streams import private_stream

__all__ = ["Sample", "draw_sample"]


@dataclass(frozen=True, eq=False)
class Sample:
    """Nodes that are looked at.

    Parameters
    ----------
    graph : TextGraph
        The view that they are of.
    rows : ndarray of int64 of shape (n_sampled,)
        Rows of the view, ascending.
    """

    graph: TextGraph
    rows: NDArray[np.int64]

    @property
    def is_whole(self) -> bool:
        """Whether no node is left out."""
        return len(self.rows) == len(self.graph)

    @property
    def note(self) -> str:
        """A sentence that says how many are looked at; empty where all are."""
        if self.is_whole:
            return ""
        return (
            f"The graph is large: a random sample of {len(self.rows):,} of "
            f"{len(self.graph):,} nodes was looked at. Counts are of the sample, and a "
            "duplicate is found where both texts are in it."
        )


def draw_sample(graph: TextGraph, max_nodes: int) -> Sample:
    """Draw nodes to look at.

    Parameters
    ----------
    graph : TextGraph
        A view.
    max_nodes : int
        Most of them.

    Returns
    -------
    Sample
        The same for the same graph.
    """
    if len(graph) <= max_nodes:
        return Sample(graph, np.arange(len(graph)))
    stream = private_stream(0, "a report on a graph")
    drawn = stream.choice(len(graph), max_nodes, replace=False)
    return Sample(graph, np.sort(drawn))
