"""Why a label, how sure, which are wrong, what a person should look at.

Takes a fitted pipeline or step and a graph; gives explanations and their scores. May
call ``asking``, ``learning``, ``features``, ``estimators``, ``rationales``, ``graph``
and ``nn``; whoever fits or saves a model does without this room. A name becomes public
by three lines below: in ``__all__``, in ``_HOMES``, and for type checkers.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sklearn_tagkd.utils.extras import asking_for

if TYPE_CHECKING:
    from sklearn_tagkd.inspection.explanation.explain import explain
    from sklearn_tagkd.inspection.explanation.paired import (
        ExplanationScores,
        PairedScore,
    )
    from sklearn_tagkd.inspection.explanation.result import (
        Evidence,
        Explanation,
        Explanations,
    )
    from sklearn_tagkd.inspection.explanation.scoring import explanation_scores

__all__ = [
    "Evidence",
    "Explanation",
    "ExplanationScores",
    "Explanations",
    "PairedScore",
    "explain",
    "explanation_scores",
]

_HOMES = {
    "Evidence": "explanation.result",
    "Explanation": "explanation.result",
    "ExplanationScores": "explanation.paired",
    "Explanations": "explanation.result",
    "PairedScore": "explanation.paired",
    "explain": "explanation.explain",
    "explanation_scores": "explanation.scoring",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use, as the package's own names are.
    if name in _HOMES:
        with asking_for("train", f"{__name__}.{name}"):
            home = importlib.import_module(f"{__name__}.{_HOMES[name]}")
        return getattr(home, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
