"""Real graphs: one built from what is installed, others read from folders.

Takes a folder, or nothing; gives a graph with its labels beside it, never in it. May
call ``graph``.
"""

from sklearn_tagkd.datasets.docs import (
    docs_answers_path,
    docs_profiles_path,
    load_docs,
)
from sklearn_tagkd.datasets.folder import read_graph

__all__ = ["docs_answers_path", "docs_profiles_path", "load_docs", "read_graph"]
