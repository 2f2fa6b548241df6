"""Softmax regressions on several views of a node, which teach one another."""

from sklearn_tagkd.learning.committee.cotraining import (
    Committee,
    Labelled,
    cotrain,
    first_opinion,
)
from sklearn_tagkd.learning.committee.documents import Documents
from sklearn_tagkd.learning.committee.views import View

__all__ = ["Committee", "Documents", "Labelled", "View", "cotrain", "first_opinion"]
