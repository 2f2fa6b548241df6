"""From an estimator in a notebook to its page in the documentation."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

__all__ = ["DocumentationLink"]

_BUILT_DOCS = Path(__file__).parents[2] / "docs" / "_build" / "html"


class DocumentationLink:
    """Lets scikit-learn's diagram of an estimator link to our documentation.

    The documentation is, whichever comes first: what the environment variable
    ``SKLEARN_TAGKD_DOCS`` says (a URL); what ``make docs`` built in the checkout that
    the package runs from; the project URL that ``pyproject.toml`` calls
    ``Documentation``. Where there is none of them, there is no link.
    """

    _doc_link_module = "sklearn_tagkd"
    _doc_link_template = "{page}"

    def _doc_link_url_param_generator(self) -> dict[str, Any]:
        return {"page": _find_page(f"api/{_public_name(type(self))}.html")}


def _public_name(kind: type) -> str:
    """Return the shortest name under which users import a class of ours."""
    import sklearn_tagkd  # late: the package imports estimators, and they this

    is_at_the_top = kind.__name__ in sklearn_tagkd.__all__
    home = "sklearn_tagkd" if is_at_the_top else kind.__module__
    return f"{home}.{kind.__name__}"


def _find_page(page: str) -> str:
    stated = os.environ.get("SKLEARN_TAGKD_DOCS", "").rstrip("/")
    if stated:
        return f"{stated}/{page}"
    if (_BUILT_DOCS / page).is_file():
        return (_BUILT_DOCS / page).as_uri()
    home = _project_url()
    return f"{home}/{page}" if home else ""


@lru_cache(maxsize=1)
def _project_url() -> str:
    try:
        urls = metadata("sklearn-tagkd").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from a checkout that is not installed
        return ""
    known = dict(url.split(", ", 1) for url in urls)
    return str(known.get("Documentation", "")).rstrip("/")
