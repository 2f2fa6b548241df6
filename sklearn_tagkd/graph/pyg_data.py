"""What a ``Data`` of PyG holds, known by its attributes: torch need not be loaded."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.arrays import as_numpy

__all__ = ["DataLinks", "find_links", "find_texts", "given_size"]

# In the order in which they are looked for; public collections name them so.
_TEXTS = ("text", "texts", "raw_text", "raw_texts", "node_text", "node_texts")
_TITLES = ("title", "titles")
_ABSTRACTS = ("abstract", "abstracts", "abs")
_OTHER_WEIGHTS = ("edge_attr", "weight")
# Strings of nodes that are no texts to read: what they are called, and what they are.
_OTHER = ("id", "name", "label", "class", "category", "split", "url", "y")


@dataclass(frozen=True, eq=False)
class DataLinks:
    """Links of a ``Data``.

    Parameters
    ----------
    edges : ndarray of int of shape (n_edges, 2)
        Sources and targets.
    weights : ndarray of shape (n_edges,) or None
        ``edge_weight``, where it has one.
    """

    edges: NDArray[Any]
    weights: NDArray[Any] | None

    def go_one_way(self) -> bool:
        """Tell whether some link, or its weight, has no counterpart the other way.

        Returns
        -------
        bool
            As PyG's ``is_directed`` says of links and their weights.
        """
        weights = np.ones(len(self.edges)) if self.weights is None else self.weights
        if self.edges.shape[1:] != (2,) or weights.shape != self.edges.shape[:1]:
            return False  # to be refused with a sentence later on
        ends, size = _close_numbers(self.edges)
        matrix = coo_array((weights, (ends[:, 0], ends[:, 1])), (size, size)).tocsr()
        if self.weights is None:
            matrix.data[:] = 1  # a link that is there twice is there
        return bool((matrix != matrix.T.tocsr()).nnz)


def find_links(data: Any) -> DataLinks:
    """Return the links of a ``Data``.

    Parameters
    ----------
    data : torch_geometric.data.Data
        ``edge_index``, or ``adj_t`` in its place.

    Returns
    -------
    DataLinks
        With weights where there are any.

    Raises
    ------
    GraphFormatError
        If there are none: it is another kind of object.
    """
    edges, weights = getattr(data, "edge_index", None), None
    if edges is not None:
        weights = getattr(data, "edge_weight", None)
    elif getattr(data, "adj_t", None) is not None:
        # torch takes seconds to import, but then it is loaded already.
        from sklearn_tagkd.nn.pyg import edges_of_transposed

        edges, weights = edges_of_transposed(data.adj_t)
    if edges is None:
        raise GraphFormatError(
            f"{type(data).__name__} has no edge_index. Give a homogeneous "
            "torch_geometric.data.Data (of a dataset: dataset[0]; of a heterogeneous "
            "one: data.to_homogeneous())."
        )
    ends = np.asarray(as_numpy(edges)).T
    if weights is None:
        _name_other_weights(data, len(ends))
        return DataLinks(ends, None)
    weights = np.asarray(as_numpy(weights))
    column = weights.shape[1:] == (1,)
    return DataLinks(ends, weights.ravel() if column else weights)


def find_texts(data: Any) -> Any | None:
    """Return the texts of a ``Data``, under any of the names they go by.

    Parameters
    ----------
    data : torch_geometric.data.Data
        Anything with attributes.

    Returns
    -------
    iterable of str or None
        One per node; None where there are none, with a warning where something else
        may be texts.

    Raises
    ------
    GraphFormatError
        If there are no known texts and no features, so that something has to be
        named.
    """
    for name in _TEXTS:
        if getattr(data, name, None) is not None:
            return getattr(data, name)
    titles, abstracts = _first(data, _TITLES), _first(data, _ABSTRACTS)
    if titles is not None and abstracts is not None:
        if len(titles) != len(abstracts):
            raise GraphFormatError(
                f"The Data has {len(titles)} titles and {len(abstracts)} abstracts. "
                "Give it one of each per node, or pass texts=."
            )
        return [_joined(*pair) for pair in zip(titles, abstracts, strict=True)]
    if titles is not None or abstracts is not None:
        return abstracts if titles is None else titles
    candidates = _lists_of_strings(data)
    named = " or ".join(f"data.{name}" for name in candidates)
    if getattr(data, "x", None) is None:
        raise GraphFormatError(
            f"The Data has no text ({', '.join(_TEXTS)}, title, abstract) and no x. "
            + (f"Pass texts={named}." if named else "Pass texts=, one per node.")
        )
    if named:
        warnings.warn(
            f"The Data has strings that are not taken for texts: {named}. Pass texts= "
            "one of them if they are; texts=[''] * n_nodes if they are not, for a "
            "graph without texts.",
            stacklevel=3,
        )
    return None


def given_size(data: Any) -> int | None:
    """Return how many nodes a ``Data`` was told it has.

    Parameters
    ----------
    data : torch_geometric.data.Data
        One that may say nothing of it.

    Returns
    -------
    int or None
        None where PyG would have to guess.
    """
    if "num_nodes" not in _names(data):
        return None
    size = data.num_nodes
    return None if size is None else int(size)


def _name_other_weights(data: Any, n_edges: int) -> None:
    """Warn where one real number per edge goes by a name that may mean anything."""
    for name in _OTHER_WEIGHTS:
        values = as_numpy(getattr(data, name, None))
        if not isinstance(values, np.ndarray) or values.dtype.kind != "f":
            continue
        if n_edges and len(values) == n_edges == values.size:
            warnings.warn(
                f"data.{name} is not taken for weights of links. If it is, write "
                f"data.edge_weight = data.{name}; if it is not, leave it out of data.",
                stacklevel=4,
            )


def _close_numbers(edges: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Return edges between numbers that are not much larger than their count."""
    if edges.size and edges.dtype.kind in "iu":
        least, most = int(edges.min()), int(edges.max())
        if least >= 0 and most < 8 * len(edges):
            return edges, most + 1
    known, places = np.unique(edges, return_inverse=True)
    return places.reshape(edges.shape), len(known)


def _joined(title: Any, abstract: Any) -> Any:
    for part in (title, abstract):
        if not isinstance(part, str):
            return part  # to be refused with a sentence later on
    return f"{title}\n{abstract}"


def _first(data: Any, names: tuple[str, ...]) -> Any | None:
    found = (getattr(data, name, None) for name in names)
    return next((value for value in found if value is not None), None)


def _lists_of_strings(data: Any) -> list[str]:
    """Name attributes that hold a string per node, but for names, ids and labels."""
    found = []
    for name in _names(data):
        values = getattr(data, name, None)
        words = str(name).lower().split("_")
        if {*words, *(word.removesuffix("s") for word in words)} & {*_OTHER}:
            continue
        if not isinstance(values, list | tuple | np.ndarray) or not len(values):
            continue
        if all(isinstance(value, str) for value in values):
            found.append(str(name))
    return sorted(found)


def _names(data: Any) -> list[str]:
    keys = getattr(data, "keys", None)
    return list(keys() if callable(keys) else getattr(data, "__dict__", {}))
