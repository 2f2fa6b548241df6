"""Real graphs: one built from what is installed, others read from folders of tables.

Takes a folder, or nothing; gives a graph with its labels beside it, never in it. Reads
and writes tables; the files that do so take numpy alone, since a saved model is served
where there is nothing else. May call ``graph``.
"""

import importlib
from typing import TYPE_CHECKING, Any

from sklearn_tagkd.utils.extras import asking_for

if TYPE_CHECKING:
    from sklearn_tagkd.datasets.docs import (
        docs_answers_path,
        docs_profiles_path,
        load_docs,
    )
    from sklearn_tagkd.datasets.folder import read_graph

__all__ = ["docs_answers_path", "docs_profiles_path", "load_docs", "read_graph"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: docs and graphs take scikit-learn and SciPy, tables do not.
    if name in __all__:
        home = "folder" if name == "read_graph" else "docs"
        with asking_for("train", f"{__name__}.{name}"):
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
