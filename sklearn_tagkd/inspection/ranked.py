"""Nodes in the order in which a person should look at them, with a reason each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.inspection.tables import html_table, to_frame

__all__ = ["RankedNodes"]


@dataclass(frozen=True, eq=False, repr=False)
class RankedNodes:
    """Nodes that a person, or a model, should look at; the first one first.

    Pickles leave the graph out, since that has texts.

    Parameters
    ----------
    graph : TextGraph or None
        The view that they are of; None after unpickling.
    nodes : ndarray of shape (n_ranked,)
        Their ids.
    positions : ndarray of int64 of shape (n_ranked,)
        Their positions in the parent.
    classes : ndarray of shape (n_classes,)
        Sorted labels.
    suggestions : ndarray of shape (n_ranked,)
        The likely label of each.
    scores : ndarray of float64 of shape (n_ranked,)
        From 0 to 1, descending or as the ranking has it.
    reasons : list of str of length n_ranked
        Why each is here, in a sentence; names classes and holds no text of a node.
    """

    graph: TextGraph | None
    nodes: NDArray[Any]
    positions: NDArray[np.int64]
    classes: NDArray[Any]
    suggestions: NDArray[Any]
    scores: NDArray[np.float64]
    reasons: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.positions)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(nodes={len(self)}, classes={len(self.classes)})"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "graph": None}

    def __getitem__(self, key: Any) -> Any:
        """Return some of the nodes.

        Parameters
        ----------
        key : slice or array-like
            Which ones, as numpy takes it.

        Returns
        -------
        RankedNodes
            Of the same kind.
        """
        rows = np.atleast_1d(np.arange(len(self))[key])
        n_ranked = len(self)
        parts: dict[str, Any] = {}
        for name, value in self.__dict__.items():
            if name in ("graph", "classes"):
                continue
            if isinstance(value, list) and len(value) == n_ranked:
                parts[name] = [value[row] for row in rows.tolist()]
            elif isinstance(value, np.ndarray) and len(value) == n_ranked:
                parts[name] = value[rows]
        return replace(self, **parts)

    def columns(self) -> dict[str, Any]:
        """Return what is known of each node.

        Returns
        -------
        dict of str to array-like
            Columns of one length.
        """
        return {
            "node": self.nodes,
            "suggestion": self.suggestions,
            "score": self.scores,
            "reason": self.reasons,
        }

    def to_frame(self) -> Any:
        """Return the nodes as a data frame.

        Returns
        -------
        pandas.DataFrame
            One row per node, the first one first; no texts.
        """
        return to_frame(self.columns())

    def _repr_html_(self) -> str:
        return html_table(repr(self), self.columns())
