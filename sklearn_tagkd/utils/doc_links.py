"""From an estimator in a notebook to its page in the documentation."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

__all__ = ["DocumentationLink"]


class DocumentationLink:
    """Lets scikit-learn's diagram of an estimator link to our documentation.

    Where that is found is the package's own statement: the project URL that
    ``pyproject.toml`` calls ``Documentation``. While there is none, neither is a link.
    """

    _doc_link_module = "sklearn_tagkd"
    _doc_link_template = "{page}"

    def _doc_link_url_param_generator(self) -> dict[str, Any]:
        home = _home()
        name = type(self).__name__
        public = [
            part
            for part in type(self).__module__.split(".")
            if not part.startswith("_")
        ]
        return {"page": f"{home}/api/{'.'.join(public)}.{name}.html" if home else ""}


@lru_cache(maxsize=1)
def _home() -> str:
    try:
        urls = metadata("sklearn-tagkd").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from a checkout that is not installed
        return ""
    known = dict(url.split(", ", 1) for url in urls)
    return str(known.get("Documentation", "")).rstrip("/")
