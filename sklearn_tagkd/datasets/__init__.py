"""Real graphs: one built from what is installed, others read from folders."""

from sklearn_tagkd.datasets.docs import docs_answers_path, load_docs
from sklearn_tagkd.datasets.folder import read_graph

__all__ = ["docs_answers_path", "load_docs", "read_graph"]
