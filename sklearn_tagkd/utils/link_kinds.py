"""What kind of links a graph has, and whether a model has learnt from such ones."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LinkKind", "kind_of_links", "warn_of_other_links"]

_AT_ONCE = 2**16  # weights; the first ones nearly always tell


@dataclass(frozen=True)
class LinkKind:
    """What kind of links a graph has.

    Parameters
    ----------
    directed : bool
        Whether a link goes one way.
    weighted : bool
        Whether links have weights other than 1.
    """

    directed: bool
    weighted: bool


def kind_of_links(
    n_links: int, directed: bool, weights: NDArray[Any] | None
) -> LinkKind | None:
    """Tell of which kind links are.

    Parameters
    ----------
    n_links : int
        How many there are.
    directed : bool
        Whether a link goes one way.
    weights : ndarray of shape (n_weights,) or None
        Of all links; read as far as the first that is not 1. None where none are given.

    Returns
    -------
    LinkKind or None
        None where there is no link.
    """
    if not n_links:
        return None
    weights = np.empty(0) if weights is None else weights
    starts = range(0, len(weights), _AT_ONCE)
    differs = any(bool((weights[at : at + _AT_ONCE] != 1).any()) for at in starts)
    return LinkKind(bool(directed), differs)


def warn_of_other_links(fitted: LinkKind | None, now: LinkKind | None) -> None:
    """Warn where a model predicts over links of another kind than it has learnt from.

    Predictions stand: whoever lacks the directions or the weights of new links has no
    better way. As a rule an argument was forgotten.

    Parameters
    ----------
    fitted : LinkKind or None
        What the model was fitted on; None where there were no links, or where an older
        version has not noted it.
    now : LinkKind or None
        What it predicts on; None where there are no links.

    Warns
    -----
    UserWarning
        If links go one way there and both ways here, or have weights in one place only.

    Examples
    --------
    >>> import warnings
    >>> from sklearn_tagkd.utils.link_kinds import LinkKind, warn_of_other_links
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     warn_of_other_links(LinkKind(False, False), LinkKind(True, False))
    >>> len(told)
    1
    """
    if fitted is None or now is None or fitted == now:
        return
    differences = []
    if fitted.directed != now.directed:
        kinds = "directed" if now.directed else "undirected", now.directed
        other = "undirected" if now.directed else "directed"
        differences.append(
            f"links of this graph are {kinds[0]} and the model was fitted on "
            f"{other} ones: build the graph with directed={not now.directed}"
        )
    if fitted.weighted != now.weighted:
        here, there = ("have", "none") if now.weighted else ("have no", "such")
        remedy = "leave them out" if now.weighted else "give weights="
        differences.append(
            f"links of this graph {here} weights and the model was fitted on links "
            f"with {there}: {remedy}"
        )
    told = "; ".join(differences)
    warnings.warn(
        f"{told[0].upper()}{told[1:]}, or fit again on links like these. Nodes hear "
        "one another in another way than the model has learnt.",
        stacklevel=4,
    )
