"""What other libraries call a graph, known by its attributes; none is imported."""

from __future__ import annotations

from typing import Any

from scipy.sparse import issparse

__all__ = ["conversion_of", "holds_text", "is_whole_graph"]


def conversion_of(given: Any) -> str | None:
    """Return how to make a TextGraph of something that is none.

    Parameters
    ----------
    given : object
        What a user passed.

    Returns
    -------
    str or None
        The call to make; None for what no other library calls a graph, a table of
        numbers among them.
    """
    if hasattr(given, "edge_index"):
        return "TextGraph.from_pyg(data, texts)"
    if is_whole_graph(given):
        return "TextGraph.from_networkx(graph, text='text')"
    if issparse(given):
        return "TextGraph.from_scipy(texts, adjacency)"
    if hasattr(given, "columns") and holds_text(given):
        return "TextGraph.from_pandas(nodes, edges, text='text')"
    if holds_text(given):
        return "TextGraph(texts, edges)"
    return None


def is_whole_graph(given: Any) -> bool:
    """Tell whether something has nodes and links: a graph of PyG's or of networkx's.

    Parameters
    ----------
    given : object
        What a user passed.

    Returns
    -------
    bool
        By its attributes.
    """
    has_both = hasattr(given, "nodes") and hasattr(given, "edges")
    return has_both or hasattr(given, "edge_index")


def holds_text(given: Any) -> bool:
    """Tell whether something is, or holds, text.

    Parameters
    ----------
    given : object
        A str, list, array, series or table. Of nested lists the first entries count.

    Returns
    -------
    bool
        Whether any entry is a str.
    """
    while isinstance(given, list | tuple) and len(given):
        given = given[0]
    if isinstance(given, str):
        return True
    kinds = [getattr(kind, "kind", "O") for kind in _dtypes(given)]
    if not set(kinds) & set("OUST"):  # numbers: not to be looked through
        return False
    entries = getattr(given, "to_numpy", lambda: given)()
    return any(isinstance(entry, str) for entry in entries.ravel().tolist())


def _dtypes(given: Any) -> list[Any]:
    if hasattr(given, "dtypes") and hasattr(given, "columns"):
        return list(given.dtypes)
    is_array = hasattr(given, "ravel") or hasattr(given, "to_numpy")
    return [given.dtype] if is_array and hasattr(given, "dtype") else []
