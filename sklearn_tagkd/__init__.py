"""Let a language model explain a few nodes of a text graph; predict all without it.

>>> from sklearn.pipeline import Pipeline
>>> from sklearn_tagkd import (DistilledStudentClassifier, InterpreterGNNClassifier,
...                            LLMRationaleTransformer, datasets)
>>> from sklearn_tagkd.llm import RecordedAnswers
>>> docs = datasets.load_docs()
>>> model = Pipeline([
...     ("rationales", LLMRationaleTransformer(llm=RecordedAnswers(docs.answers))),
...     ("interpreter", InterpreterGNNClassifier(encoder="hashing", max_iter=20)),
...     ("student", DistilledStudentClassifier(encoder="hashing", max_iter=20)),
... ]).fit(docs.graph)
>>> model.predict_proba(docs.graph).shape == (len(docs.graph), 16)
True
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from sklearn_tagkd.utils.extras import asking_for
from sklearn_tagkd.utils.moved_modules import MovedModules

if TYPE_CHECKING:
    from sklearn_tagkd import (
        baselines,
        datasets,
        inspection,
        llm,
        model_selection,
        persistence,
        preprocessing,
        serving,
    )
    from sklearn_tagkd.graph import TextGraph
    from sklearn_tagkd.interpreter import InterpreterGNNClassifier
    from sklearn_tagkd.persistence import export_onnx, load, model_card, save
    from sklearn_tagkd.rationale_transformer import LLMRationaleTransformer
    from sklearn_tagkd.reporting.graph_report import GraphReport
    from sklearn_tagkd.reporting.model_report import report
    from sklearn_tagkd.student import DistilledStudentClassifier

__version__ = "0.2.0"

__all__ = [
    "DistilledStudentClassifier",
    "GraphReport",
    "InterpreterGNNClassifier",
    "LLMRationaleTransformer",
    "TextGraph",
    "baselines",
    "datasets",
    "export_onnx",
    "inspection",
    "llm",
    "load",
    "model_card",
    "model_selection",
    "persistence",
    "preprocessing",
    "report",
    "save",
    "serving",
]

_HOMES = {
    "DistilledStudentClassifier": "sklearn_tagkd.student",
    "GraphReport": "sklearn_tagkd.reporting.graph_report",
    "InterpreterGNNClassifier": "sklearn_tagkd.interpreter",
    "LLMRationaleTransformer": "sklearn_tagkd.rationale_transformer",
    "TextGraph": "sklearn_tagkd.graph",
    "export_onnx": "sklearn_tagkd.persistence",
    "load": "sklearn_tagkd.persistence",
    "model_card": "sklearn_tagkd.persistence",
    "report": "sklearn_tagkd.reporting.model_report",
    "save": "sklearn_tagkd.persistence",
}


if not TYPE_CHECKING:  # which would take any name for one that is there

    def __getattr__(name: str) -> Any:
        # Loaded on first use: `import sklearn_tagkd` costs next to nothing.
        if name in __all__:
            with asking_for("train", f"{__name__}.{name}"):
                if name in _HOMES:
                    return getattr(importlib.import_module(_HOMES[name]), name)
                return importlib.import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


sys.meta_path.insert(0, MovedModules())  # pickles name modules of older versions


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
