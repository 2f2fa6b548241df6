"""What a user could do without this package: scikit-learn, and PyG's spreading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from sklearn_tagkd.commands.benchmark.methods.material import Material
from sklearn_tagkd.nn.links.label_propagation import (
    correct_and_smooth,
    propagate_labels,
)
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["CLASSICAL"]

# One inverse penalty for all graphs, on rows of unit length (or of two such parts):
# scikit-learn's default of 1 hardly lets so short rows speak.
_PENALTY = 10.0

Method = Callable[[Material, RationaleTable], NDArray[np.float64]]


def _tfidf(material: Material, table: RationaleTable) -> NDArray[np.float64]:
    vectors = TfidfVectorizer(stop_words="english", sublinear_tf=True)
    rows = vectors.fit_transform(material.graph.texts)
    return _regress(material, rows, table)[material.test_rows]


def _softmax(material: Material, table: RationaleTable) -> NDArray[np.float64]:
    rows = material.text_and_neighborhood
    return _regress(material, rows, table)[material.test_rows]


def _softmax_words(material: Material, table: RationaleTable) -> NDArray[np.float64]:
    return _regress(material, material.words_too, table)[material.test_rows]


def _self_training(material: Material, table: RationaleTable) -> NDArray[np.float64]:
    model = SelfTrainingClassifier(_regression())
    rows = material.inputs.embeddings
    model.fit(rows, _partial_labels(material, table))
    known = model.predict_proba(rows[material.test_rows])
    return material.spread(known, material.classes[model.classes_])


def _label_spreading(material: Material, table: RationaleTable) -> NDArray[np.float64]:
    model = LabelSpreading(kernel="knn", max_iter=100)
    model.fit(material.inputs.embeddings, _partial_labels(material, table))
    known = np.nan_to_num(model.label_distributions_[material.test_rows])
    full = material.spread(known, material.classes[model.classes_])
    full[full.sum(axis=1) == 0] = table.probabilities.mean(axis=0)  # out of reach
    return full


def _label_propagation(
    material: Material, table: RationaleTable
) -> NDArray[np.float64]:
    links = material.inputs.links
    spread = propagate_labels(links, table.positions, table.probabilities)
    return spread[material.test_rows]


def _correct_and_smooth(
    material: Material, table: RationaleTable
) -> NDArray[np.float64]:
    spread = correct_and_smooth(
        material.inputs.links,
        table.positions,
        table.probabilities,
        _regress(material, material.inputs.embeddings, table),
    )
    return spread[material.test_rows]


CLASSICAL: dict[str, Method] = {
    "tfidf": _tfidf,
    "self-training": _self_training,
    "label-spreading": _label_spreading,
    "label-propagation": _label_propagation,
    "correct-and-smooth": _correct_and_smooth,
    "softmax": _softmax,
    "softmax-words": _softmax_words,
}


def _regression() -> LogisticRegression:
    return LogisticRegression(C=_PENALTY, max_iter=1000)


def _regress(
    material: Material, rows: Any, table: RationaleTable
) -> NDArray[np.float64]:
    """Fit a softmax regression to class distributions; predict all nodes.

    A row with a distribution is the row once per class, each weighing its share:
    the loss is the cross-entropy to the distribution.
    """
    answer, column = np.nonzero(table.probabilities)
    if len(np.unique(column)) == 1:
        return np.repeat(table.probabilities[:1], rows.shape[0], axis=0)
    model = _regression().fit(
        rows[table.positions[answer]],
        column,
        sample_weight=table.probabilities[answer, column],
    )
    known = model.predict_proba(rows)
    return material.spread(known, material.classes[model.classes_])


def _partial_labels(material: Material, table: RationaleTable) -> NDArray[np.int64]:
    labels = np.full(len(material.graph), -1, dtype=np.int64)
    labels[table.positions] = table.probabilities.argmax(axis=1)
    return labels
