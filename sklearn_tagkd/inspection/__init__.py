"""Why a label, how sure, which are wrong, what a person should look at.

Takes a fitted pipeline or step and a graph; gives explanations and their scores, sets
of labels, labels that are contradicted, files for a person to review, and pictures. May
call ``asking``, ``learning``, ``features``, ``estimators``, ``rationales``, ``graph``
and ``nn``; whoever fits or saves a model does without this room. A name becomes public
by three lines below: in ``__all__``, in ``_HOMES``, and for type checkers.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sklearn_tagkd.utils.extras import asking_for

if TYPE_CHECKING:
    from sklearn_tagkd.inspection.displays.answer_curve import AnswerCurveDisplay
    from sklearn_tagkd.inspection.displays.ego_network import EgoNetworkDisplay
    from sklearn_tagkd.inspection.displays.embedding_map import EmbeddingMapDisplay
    from sklearn_tagkd.inspection.displays.reliability_diagram import ReliabilityDisplay
    from sklearn_tagkd.inspection.displays.selection_picture import SelectionDisplay
    from sklearn_tagkd.inspection.displays.teacher_student import TeacherStudentDisplay
    from sklearn_tagkd.inspection.displays.training_history import (
        TrainingHistoryDisplay,
    )
    from sklearn_tagkd.inspection.drift import Agreement, agreement
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
    from sklearn_tagkd.inspection.issues import LabelIssues, label_issues
    from sklearn_tagkd.inspection.label_sets import LabelSets, predict_set
    from sklearn_tagkd.inspection.questions import NextQuestions, next_questions
    from sklearn_tagkd.inspection.review import export_review, import_review

__all__ = [
    "Agreement",
    "AnswerCurveDisplay",
    "EgoNetworkDisplay",
    "EmbeddingMapDisplay",
    "Evidence",
    "Explanation",
    "ExplanationScores",
    "Explanations",
    "LabelIssues",
    "LabelSets",
    "NextQuestions",
    "PairedScore",
    "ReliabilityDisplay",
    "SelectionDisplay",
    "TeacherStudentDisplay",
    "TrainingHistoryDisplay",
    "agreement",
    "explain",
    "explanation_scores",
    "export_review",
    "import_review",
    "label_issues",
    "next_questions",
    "predict_set",
]

_HOMES = {
    "Agreement": "drift",
    "AnswerCurveDisplay": "displays.answer_curve",
    "EgoNetworkDisplay": "displays.ego_network",
    "EmbeddingMapDisplay": "displays.embedding_map",
    "Evidence": "explanation.result",
    "Explanation": "explanation.result",
    "ExplanationScores": "explanation.paired",
    "Explanations": "explanation.result",
    "LabelIssues": "issues",
    "LabelSets": "label_sets",
    "NextQuestions": "questions",
    "PairedScore": "explanation.paired",
    "ReliabilityDisplay": "displays.reliability_diagram",
    "SelectionDisplay": "displays.selection_picture",
    "TeacherStudentDisplay": "displays.teacher_student",
    "TrainingHistoryDisplay": "displays.training_history",
    "agreement": "drift",
    "explain": "explanation.explain",
    "explanation_scores": "explanation.scoring",
    "export_review": "review",
    "import_review": "review",
    "label_issues": "issues",
    "next_questions": "questions",
    "predict_set": "label_sets",
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
