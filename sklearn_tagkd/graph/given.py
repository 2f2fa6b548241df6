"""Texts and links as a user gives them: checked, or a sentence that says why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.arrays import entries
from sklearn_tagkd.graph.edge_pairs import Places, locate_edges
from sklearn_tagkd.graph.link_weights import check_weights
from sklearn_tagkd.graph.node_ids import NodeIds
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.utils.missing import is_missing

__all__ = ["list_texts", "locate_links", "pack_texts"]


def list_texts(texts: Iterable[str] | None, features: NDArray[Any] | None) -> list[Any]:
    """List what a user gave as texts, one per row of features where there are any.

    Parameters
    ----------
    texts : iterable of str, or None
        One text per node; None where features are all there is.
    features : ndarray of shape (n_nodes, n_features) or None
        Checked ones.

    Returns
    -------
    list
        Not checked one by one.

    Raises
    ------
    GraphFormatError
        If there is neither, or their numbers differ.
    """
    if texts is None:
        if features is None:
            raise GraphFormatError("Give texts, features, or both; both are None.")
        return [""] * len(features)
    if isinstance(texts, Mapping):
        raise GraphFormatError(
            f"texts must hold one text per node; of a {type(texts).__name__} only the "
            "keys would be taken. Give its values."
        )
    listed = list(entries(texts, "texts", "text per node"))
    if features is not None and len(features) != len(listed):
        raise GraphFormatError(
            f"features has {len(features)} rows but there are {len(listed)} texts. "
            "Give exactly one row per text, in the same order."
        )
    return listed


def locate_links(
    edges: Iterable[Any], node_ids: Places, by_id: bool, weights: Any
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64] | None]:
    """Turn pairs of ids into pairs of positions, each with its weight.

    Parameters
    ----------
    edges : array-like of shape (n_edges, 2) or iterable of pairs
        Ids of the two ends.
    node_ids : Places
        The ids of the graph.
    by_id : bool
        Whether the user named the nodes; it only changes what an error advises.
    weights : array-like of shape (n_edges,), or None
        What a user gave.

    Returns
    -------
    sources, targets : ndarray of int64 of shape (n_edges,)
        Positions of the two ends.
    weights : ndarray of float64 of shape (n_edges,), or None
        Checked ones.

    Raises
    ------
    GraphFormatError
        For what is no pair of nodes, or no weight of one; names the first offender.
    """
    if weights is not None and isinstance(edges, set | frozenset):
        raise GraphFormatError(
            f"edges is a {type(edges).__name__}, which has no order: nobody can tell "
            "which weight is whose. Give edges as a list, or an array."
        )
    sources, targets = locate_edges(edges, node_ids, by_id)
    if weights is not None:
        weights = check_weights(weights, len(sources))
    return sources, targets, weights


def pack_texts(texts: list[Any], ids: NodeIds) -> PackedStrings:
    """Check texts one by one and copy them into one buffer.

    Parameters
    ----------
    texts : list
        What a user gave.
    ids : NodeIds
        Whose texts they are.

    Returns
    -------
    PackedStrings
        The same texts.

    Raises
    ------
    GraphFormatError
        If one is missing, no text, or no valid Unicode; names the first offender.
    """
    for place, text in enumerate(texts):
        if isinstance(text, str):
            continue
        whose = f"texts[{place}] (node {_name(ids, place)})"
        if is_missing(text):
            raise GraphFormatError(
                f"{whose} is missing: {text!r}. Give '' for a node without a text; "
                "of a column of a table: texts.fillna('')."
            )
        found = repr(text) if isinstance(text, float) else type(text).__name__
        raise GraphFormatError(
            f"{whose} is not a text but {found}. Convert it, or give '' for a node "
            "without a text."
        )
    try:
        return PackedStrings.pack(texts)
    except UnicodeEncodeError:
        # Raised anew, without its cause: that one carries the text itself.
        place = next(i for i, text in enumerate(texts) if not _is_unicode(text))
    raise GraphFormatError(
        f"texts[{place}] (node {_name(ids, place)}) holds a lone surrogate and so is "
        "no valid Unicode. Clean it: text.encode('utf-8', 'replace').decode()."
    )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name(ids: NodeIds, place: int) -> str:
    identity = ids.take(np.array([place]))[0]
    return repr(identity.item() if isinstance(identity, np.generic) else identity)
