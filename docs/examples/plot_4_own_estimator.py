"""
An estimator of your own
========================

Anything with ``fit`` and ``predict`` over a :class:`~sklearn_tagkd.TextGraph` can keep
the contract that ours keep, and a function says whether it does.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.utils.validation import check_is_fitted

from sklearn_tagkd import TextGraph, datasets
from sklearn_tagkd.utils.estimator_checks import check_graph_estimator, graph_checks


class NeighbourhoodWords(ClassifierMixin, BaseEstimator):
    """Logistic regression on the words of a node and of its neighbours."""

    def __init__(self, share=0.5, C=10.0):
        self.share = share
        self.C = C

    def fit(self, X, y):
        labelled = np.array([label not in ("", -1) for label in np.asarray(y).tolist()])
        labels = np.array(np.asarray(y)[labelled].tolist())
        self.model_ = LogisticRegression(C=self.C, max_iter=500)
        self.model_.fit(self._words(X)[labelled], labels)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        check_is_fitted(self)
        return self.model_.predict(self._words(X))

    def predict_proba(self, X):
        check_is_fitted(self)
        return self.model_.predict_proba(self._words(X))

    def _words(self, X):
        if not isinstance(X, TextGraph):
            raise TypeError("NeighbourhoodWords wants a TextGraph.")
        # All texts of the parent: neighbours need not be in the view.
        own = HashingVectorizer(n_features=2**12).transform(X.parent.texts)
        degree = np.maximum(X.adjacency.sum(axis=1), 1)
        heard = (X.adjacency @ own).multiply(1 / degree[:, None]).tocsr()
        return ((1 - self.share) * own + self.share * heard)[X.rows]


# %%
# The contract: views, order, duplicates, renamed nodes, unlabelled nodes, isolated
# nodes, empty texts, memory maps, copies and more. A failure says which rule is broken.
check_graph_estimator(NeighbourhoodWords())
print(f"{len(graph_checks(NeighbourhoodWords()))} checks passed")

# %%
# In the tests of a package of your own::
#
#     @parametrize_with_graph_checks([NeighbourhoodWords()])
#     def test_graph_contract(estimator, check):
#         check(estimator)
#
# And it works with scikit-learn's tools.
docs = datasets.load_docs()
shares = [0.0, 0.25, 0.5, 0.75]
scores = [
    cross_val_score(NeighbourhoodWords(share), docs.graph, docs.target, cv=3)
    for share in shares
]
figure, axes = plt.subplots(layout="constrained")
axes.errorbar(
    shares, np.mean(scores, axis=1), np.std(scores, axis=1), marker="o", capsize=3
)
axes.set(xlabel="share of the neighbours' words", ylabel="accuracy", xticks=shares)
plt.show()
