"""Our contract for estimators over a graph: kept by ours, able to fail."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.baselines import (
    GATClassifier,
    GCNClassifier,
    MLPClassifier,
    SAGEClassifier,
)
from sklearn_tagkd.features.encoding import HashingEncoder
from sklearn_tagkd.preprocessing import InducedSubgraph, TextSelector
from sklearn_tagkd.utils.estimator_checks import (
    check_graph_estimator,
    graph_checks,
    parametrize_with_graph_checks,
)
from tests.conftest import fast

QUICK = fast(hidden_dim=16, max_iter=20)


@parametrize_with_graph_checks(
    [
        DistilledStudentClassifier(**QUICK),
        GATClassifier(**QUICK),
        GCNClassifier(**QUICK),
        InducedSubgraph(),
        InterpreterGNNClassifier(**QUICK),
        LLMRationaleTransformer(),
        MLPClassifier(**QUICK),
        SAGEClassifier(**QUICK),
        TextSelector(),
        make_pipeline(
            LLMRationaleTransformer(),
            InterpreterGNNClassifier(**QUICK),
            DistilledStudentClassifier(**QUICK),
        ),
        make_pipeline(InducedSubgraph(), DistilledStudentClassifier(**QUICK)),
    ]
)
def test_ours(estimator, check):
    check(estimator)


class Centroids(ClassifierMixin, BaseEstimator):
    """What a third party might write: class means of hashed words, no torch."""

    def __init__(self, llm=None, random_state=None):
        self.llm = llm
        self.random_state = random_state

    def fit(self, X, y):
        self.classes_, codes, rows = self.read_labels(y)
        heard = self.hear(X, fitting=True)[rows]
        self.means_ = np.stack(
            [heard[codes == code].mean(axis=0) for code in range(len(self.classes_))]
        )
        return self

    def read_labels(self, y):
        known = np.array([v not in ("", -1) for v in np.asarray(y).tolist()])
        names = np.array(np.asarray(y)[known].tolist())
        return *np.unique(names, return_inverse=True), np.flatnonzero(known)

    def hear(self, X, fitting=False):
        if not isinstance(X, TextGraph):
            raise TypeError("Centroids predicts the nodes of a TextGraph.")
        own = HashingEncoder(64).encode(X.parent.texts)
        return (own + X.adjacency @ own)[X.rows]

    def predict_proba(self, X):
        check_is_fitted(self)
        said = np.exp(self.hear(X) @ self.means_.T)
        return said / said.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def test_a_third_party_can_keep_the_contract():
    check_graph_estimator(Centroids())
    with pytest.raises(AssertionError, match="must not"):
        check_graph_estimator(CutsViews())


class CutsViews(Centroids):  # what is around a view is lost
    def hear(self, X, fitting=False):
        return super().hear(X if fitting else X.induced())


class SortsRows(Centroids):
    def hear(self, X, fitting=False):
        return super().hear(X if fitting else X.parent[np.sort(X.rows)])


class KnowsPositions(Centroids):
    def hear(self, X, fitting=False):
        return super().hear(X) * (1 + np.sin(X.rows))[:, None]


class ReadsNodeIds(Centroids):
    def hear(self, X, fitting=False):
        said = super().hear(X)
        said[:, 0] += [len(str(name)) for name in X.node_ids]
        return said


class DrawsAnew(Centroids):
    def fit(self, X, y):
        super().fit(X, y)
        self.means_ += np.random.default_rng().normal(size=self.means_.shape) / 100
        return self


class WritesToLabels(Centroids):
    def read_labels(self, y):
        y[0] = y[1]
        return super().read_labels(y)


class WritesToTheGraph(Centroids):
    def hear(self, X, fitting=False):
        X.adjacency.data *= 1  # of no effect, but for a read-only memory map
        return super().hear(X)


class Overflows(Centroids):  # divides by the number of neighbours
    def hear(self, X, fitting=False):
        degree = np.asarray(X.adjacency.sum(axis=1)).ravel()[X.rows]
        with np.errstate(all="ignore"):
            return super().hear(X) / degree[:, None]


class NeedsLinks(Centroids):
    def hear(self, X, fitting=False):
        return super().hear(X) + X.adjacency.data.max()


class Squeezes(Centroids):
    def predict_proba(self, X):
        return np.squeeze(super().predict_proba(X))


class NeedsTwoNodes(Centroids):
    def fit(self, X, y):
        if len(X) < 2:
            raise ValueError("not enough values to unpack")
        return super().fit(X, y)


class NeedsWords(Centroids):
    def hear(self, X, fitting=False):
        if not all(X.parent.texts):
            raise ValueError("empty vocabulary")
        return super().hear(X)


class Remembers(Centroids):
    def fit(self, X, y):
        self.graph_ = X
        return super().fit(X, y)


class SpoilsItsParameters(Centroids):
    def fit(self, X, y):
        super().fit(X, y)
        self.llm = self.means_
        return self

    def predict_proba(self, X):
        self.means_ = self.llm  # a clone has it too
        return super().predict_proba(X)


class CannotBeSaved(Centroids):
    def fit(self, X, y):
        self.later_ = lambda: None
        return super().fit(X, y)


class TakesArrays(Centroids):
    def hear(self, X, fitting=False):
        if isinstance(X, TextGraph):
            return super().hear(X)
        return np.zeros((len(X), 64))


class AsksAlways(Centroids):
    def hear(self, X, fitting=False):
        if self.llm is not None:
            self.llm.n_asked += 1
        return super().hear(X)


class LearnsNothing(Centroids):
    def hear(self, X, fitting=False):
        return super().hear(X) * 0


class LearnsUnlabelled(Centroids):
    def read_labels(self, y):
        names = np.asarray(y)
        if names.dtype == object:
            names = names.astype(str)
        return *np.unique(names, return_inverse=True), np.arange(len(names))


class ShiftsCodes(Centroids):
    def predict(self, X):
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best if self.classes_.dtype.kind == "U" else best - 1]


class NeedsTwoClasses(Centroids):
    def fit(self, X, y):
        if len(set(y)) < 2:
            raise ValueError("not enough")
        return super().fit(X, y)


class AlwaysThreeColumns(Centroids):
    def predict_proba(self, X):
        said = super().predict_proba(X)
        return np.pad(said, ((0, 0), (0, 3 - said.shape[1])))


class ForgetsWhenSaved(Centroids):
    def __getstate__(self):
        state = self.__dict__.copy()
        if "means_" in state:
            state["means_"] = np.round(state["means_"], 1)
        return state


class ForgetsParameters(Centroids):
    def __init__(self, llm=None, random_state=None, scale=1.0):
        super().__init__(llm, random_state)
        self.scale = scale

    def fit(self, X, y):
        super().fit(X, y)
        self.means_ *= self.scale
        self.scale *= 2  # what a clone is made with is not what was given
        return self


class AsksWhenScoring(Centroids):
    def score(self, X, y):
        if self.llm is not None:
            self.llm.n_asked += len(X)
        return super().score(X, y)


class RefusesWithoutRemedy(Centroids):
    def hear(self, X, fitting=False):
        if not isinstance(X, TextGraph):
            raise ValueError("bad input")
        return super().hear(X)


class DoesNotSumToOne(Centroids):
    def predict_proba(self, X):
        return super().predict_proba(X) * 0.9


class ConfusesSpellings(Centroids):  # '' is unlabelled, -1 among strings is not
    def read_labels(self, y):
        known = np.array([value != "" for value in np.asarray(y)])
        names = np.asarray(y)[known].astype(str)
        return *np.unique(names, return_inverse=True), np.flatnonzero(known)


BROKEN = {
    "check_views": CutsViews,
    "check_order_and_duplicates": SortsRows,
    "check_order_of_the_graph": KnowsPositions,
    "check_node_ids": ReadsNodeIds,
    "check_same_seed": DrawsAnew,
    "check_nothing_is_changed": WritesToLabels,
    "check_read_only_memory_maps": WritesToTheGraph,
    "check_isolated_nodes": Overflows,
    "check_no_links": NeedsLinks,
    "check_one_node": Squeezes,
    "check_empty_texts": NeedsWords,
    "check_no_text_is_kept": Remembers,
    "check_clones": SpoilsItsParameters,
    "check_pickles": CannotBeSaved,
    "check_bare_arrays_are_refused": TakesArrays,
    "check_no_question_while_predicting": AsksAlways,
    "check_predictions": LearnsNothing,
    "check_unlabelled": LearnsUnlabelled,
    "check_strings_and_integers": ShiftsCodes,
    "check_one_class": NeedsTwoClasses,
    "check_class_missing_in_a_fold": AlwaysThreeColumns,
}


@pytest.mark.parametrize("check", graph_checks(Centroids()), ids=lambda c: c.__name__)
def test_every_check_can_fail(check):
    check(Centroids())
    with pytest.raises(Exception, match=r"\S") as failure:
        check(BROKEN[check.__name__]())
    mishaps = {NeedsLinks, NeedsWords, WritesToTheGraph, CannotBeSaved}
    if BROKEN[check.__name__] not in mishaps:
        assert isinstance(failure.value, AssertionError)
        assert len(str(failure.value)) > 20


# Several ways to break a rule that one broken estimator per check does not show.
@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("check_one_node", NeedsTwoNodes),
        ("check_pickles", ForgetsWhenSaved),
        ("check_clones", ForgetsParameters),
        ("check_no_question_while_predicting", AsksWhenScoring),
        ("check_bare_arrays_are_refused", RefusesWithoutRemedy),
        ("check_predictions", DoesNotSumToOne),
        ("check_unlabelled", ConfusesSpellings),
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_checks_fail_in_more_than_one_way(name, broken):
    (check,) = (c for c in graph_checks(Centroids()) if c.__name__ == name)
    with pytest.raises(AssertionError, match=r".{20}"):
        check(broken())
