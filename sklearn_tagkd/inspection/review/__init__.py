"""Nodes to a person and back: files of reviewers' tools, written and read.

Every format has a module with ``write`` and ``read``: from items to a file, and from a
file to what a person said of which node. Whatever a file says is checked in one place
(``importing``).
"""

from sklearn_tagkd.inspection.review.exporting import export_review
from sklearn_tagkd.inspection.review.importing import import_review

__all__ = ["export_review", "import_review"]
