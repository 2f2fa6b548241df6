"""What is saved of which step: the one list to extend when a step learns more.

``tests/saving/test_attributes.py`` fails where a fitted step has an attribute that
stands neither here nor among those that are left out.
"""

from __future__ import annotations

from sklearn_tagkd.saving.audit_codec import AUDIT
from sklearn_tagkd.saving.codecs import (
    ANSWERS,
    COUNT,
    DIGEST,
    FACTOR,
    FLAG,
    HISTORY,
    LABELS,
    MONEY,
    NAMES,
    NUMBERS,
    ROWS,
    SENTENCE,
    Codec,
)
from sklearn_tagkd.saving.network_codecs import NETWORK, SCORER, SPACE

__all__ = ["ATTRIBUTES", "CLASSES", "LEFT_OUT", "NETWORKS", "REQUIRED"]

_INPUT = {"fitted_on_graph_": FLAG, "n_features_in_": COUNT, "feature_names_in_": NAMES}
_NETWORK = {
    **_INPUT,
    "classes_": LABELS,
    "history_": HISTORY,
    "input_space_": SPACE,
    "link_scorer_": SCORER,
    "n_iter_": COUNT,
    "network_": NETWORK,
    "sharpness_": FACTOR,
    "teacher_audit_": AUDIT,
    "training_graph_": DIGEST,
}
_STEPS = "sklearn_tagkd"
# Where the class of each kind of step is found, and what is saved of it.
CLASSES: dict[str, str] = {
    "DistilledStudentClassifier": f"{_STEPS}.student",
    "GATClassifier": f"{_STEPS}.baselines",
    "GCNClassifier": f"{_STEPS}.baselines",
    "InducedSubgraph": f"{_STEPS}.preprocessing",
    "InterpreterGNNClassifier": f"{_STEPS}.interpreter",
    "LLMRationaleTransformer": f"{_STEPS}.rationale_transformer",
    "MLPClassifier": f"{_STEPS}.baselines",
    "SAGEClassifier": f"{_STEPS}.baselines",
    "TextSelector": f"{_STEPS}.preprocessing",
}
NETWORKS = {kind for kind in CLASSES if kind.endswith("Classifier")}
ATTRIBUTES: dict[str, dict[str, Codec]] = {
    **dict.fromkeys(NETWORKS, _NETWORK),
    "InducedSubgraph": _INPUT,
    "LLMRationaleTransformer": {
        **_INPUT,
        "answered_rows_": ROWS,
        "classes_": LABELS,
        "cost_": MONEY,
        "n_answered_": COUNT,
        "n_asked_": COUNT,
        "n_requests_": COUNT,
        "outlook_": HISTORY,
        "report_": NUMBERS,
        "stop_reason_": SENTENCE,
        "teacher_audit_": AUDIT,
        "usage_": ANSWERS,
    },
    "TextSelector": {},
}
_TO_ANSWER = frozenset(
    {"classes_", "fitted_on_graph_", "input_space_", "link_scorer_", "network_"}
)
# Without these a step does not answer.
REQUIRED: dict[str, frozenset[str]] = {
    **dict.fromkeys(NETWORKS, _TO_ANSWER),
    "InducedSubgraph": frozenset({"fitted_on_graph_"}),
    "LLMRationaleTransformer": frozenset({"classes_", "fitted_on_graph_"}),
    "TextSelector": frozenset(),
}
# Fitted attributes that a file does not hold, and that predicting does without.
LEFT_OUT: set[str] = set()
