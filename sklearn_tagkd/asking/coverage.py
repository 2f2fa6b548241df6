"""Whether there are answers enough, of classes enough, to learn from."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm.advice import silence_warning
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = [
    "warn_of_few_classes",
    "warn_of_missing_profiles",
    "warn_of_silence",
    "warn_of_the_unbelievable",
]

# Reasons to abstain that mean an answer came and could not be believed.
_UNUSABLE = ("unknown_class", "invalid_label", "not_a_distribution")
_TOLD = {"unknown_class", "not_a_distribution"}  # by the checks, in a warning of theirs
_FEWEST = 10  # answers, below which chance decides what they name


def warn_of_few_classes(table: RationaleTable, stacklevel: int) -> None:
    """Warn where answers name far fewer classes than as many random ones would.

    Parameters
    ----------
    table : RationaleTable
        Answers that passed the checks.
    stacklevel : int
        As ``warnings.warn`` takes it, seen from the caller.

    Warns
    -----
    RationaleWarning
        If they name one class, or fewer than half of what would be expected were all
        classes equally frequent.
    """
    n_answers, n_classes = table.probabilities.shape
    if n_answers < _FEWEST or n_classes < 2:
        return
    named = np.unique(table.probabilities.argmax(axis=1))
    expected = n_classes * (1 - (1 - 1 / n_classes) ** n_answers)
    if len(named) > 1 and len(named) >= expected / 2:
        return
    warnings.warn(
        f"The {n_answers} answers name {len(named)} of {n_classes} classes "
        f"({_shown(table.classes[named])}), "
        "and no other can be learnt from them. Ask about other nodes: a larger "
        "max_nodes, another random_state, selection='featprop', or max_per_class; or "
        "leave classes out that do not occur.",
        RationaleWarning,
        stacklevel=stacklevel + 1,
    )


def warn_of_silence(table: RationaleTable, n_asked: int, stacklevel: int) -> None:
    """Warn where a client answers nothing, or leaves much unanswered.

    Parameters
    ----------
    table : RationaleTable
        What came of asking.
    n_asked : int
        Nodes that were asked about.
    stacklevel : int
        As ``warnings.warn`` takes it, seen from the caller.

    Warns
    -----
    RationaleWarning
        With the counts, and what helps against the commonest reason.
    """
    reasons = Counter(r for r in table.abstained.values() if r not in _TOLD)
    message = silence_warning(reasons, n_asked)
    if message is not None:
        warnings.warn(message, RationaleWarning, stacklevel=stacklevel + 1)


def warn_of_the_unbelievable(
    report: Mapping[str, int], table: RationaleTable, n_asked: int, stacklevel: int
) -> None:
    """Warn where answers came and could not be believed.

    Parameters
    ----------
    report : mapping of str to int
        What the checks dropped, by kind.
    table : RationaleTable
        Answers that passed the checks.
    n_asked : int
        Nodes that were asked about.
    stacklevel : int
        As ``warnings.warn`` takes it, seen from the caller.

    Warns
    -----
    RationaleWarning
        With their number and the known classes.
    """
    unusable = sum(report.get(f"abstained: {reason}", 0) for reason in _UNUSABLE)
    if unusable:
        warnings.warn(
            f"{unusable} of {n_asked} answers could not be believed and were left "
            f"out: {dict(report)}. Known classes: {table.classes.tolist()}.",
            RationaleWarning,
            stacklevel=stacklevel + 1,
        )


def warn_of_missing_profiles(profiles: ProfileTable | None, stacklevel: int) -> None:
    """Warn where something is known of some classes, and nothing of others.

    Parameters
    ----------
    profiles : ProfileTable or None
        What is known of the classes; None where nothing was to be.
    stacklevel : int
        As ``warnings.warn`` takes it, seen from the caller.

    Warns
    -----
    RationaleWarning
        With the classes of which nothing is known, and the number of profiles that are
        of none of the classes.
    """
    if profiles is None:
        return
    is_known = np.isin(
        profiles.classes.astype(str), [record.name for record in profiles.to_records()]
    )
    strange = profiles.report.get("unknown_class", 0)
    if is_known.all() and not strange:
        return
    missing = profiles.classes[~is_known]
    told = []
    if len(missing):
        told.append(
            f"Nothing is known of {len(missing)} of {len(is_known)} classes "
            f"({_shown(missing)}): they have no class profile, or an empty one, and "
            "only labels or answers about nodes can teach them."
        )
    if strange:
        told.append(
            f"Class profiles that are of none of the classes, left out: {strange}. The "
            f"classes are {_shown(profiles.classes)}."
        )
    warnings.warn(
        f"{' '.join(told)} Give every class one profile, under the very name that it "
        "has in y or classes=.",
        RationaleWarning,
        stacklevel=stacklevel + 1,
    )


def _shown(classes: NDArray[Any]) -> str:
    return f"{classes[:5].tolist()}{', ...' if len(classes) > 5 else ''}"
