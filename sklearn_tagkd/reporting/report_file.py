"""A report as users hold it: shown, written, read by programs."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any, NoReturn

from sklearn_tagkd.reporting.document import Document
from sklearn_tagkd.reporting.writing.as_dict import write_dict
from sklearn_tagkd.reporting.writing.as_html import write_html
from sklearn_tagkd.reporting.writing.as_markdown import write_markdown
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["Report"]


class Report:
    """A report that was made. It holds texts of nodes; the repr and pickles do not.

    Parameters
    ----------
    document : Document
        What it tells.
    """

    def __init__(self, document: Document) -> None:
        self._document = document

    def __repr__(self) -> str:
        names = [part.name for part in self._document.sections]
        return f"{type(self).__name__}(sections={names})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} holds texts of nodes, which a pickle shall not: "
            "write it with save('report.html')."
        )

    def to_html(self) -> str:
        """Return the report as one page.

        Returns
        -------
        str
            HTML that loads nothing; every text is escaped.
        """
        return write_html(self._document)

    def to_markdown(self) -> str:
        """Return the report as Markdown.

        Returns
        -------
        str
            Headings, lists and tables; every text is escaped.
        """
        return write_markdown(self._document)

    def to_dict(self) -> dict[str, Any]:
        """Return the report for programs.

        Returns
        -------
        dict
            ``title``, ``lead``, and ``sections``: by name, each with ``title``,
            ``facts``, ``tables`` (by caption, a list of one dict per row), ``notes``
            and ``quotes``. JSON holds all of it.
        """
        return write_dict(self._document)

    def save(self, path: str | Path) -> Path:
        """Write the report to a file.

        Parameters
        ----------
        path : str or Path
            ``*.md`` is Markdown, ``*.json`` the dict, any other name HTML. Its folder
            has to be there. The file is whole, or not there.

        Returns
        -------
        Path
            The same path.
        """
        path = Path(path)
        if path.suffix.lower() == ".md":
            text = self.to_markdown()
        elif path.suffix.lower() == ".json":
            text = json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)
        else:
            text = self.to_html()
        if not path.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {path.parent}: make it first.")
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder: give the name of a file.")
        with replacing(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
        return path

    def _repr_html_(self) -> str:
        # In a frame of its own: neither its style nor its script meets the notebook's.
        page = escape(self.to_html())
        return (
            f'<iframe sandbox="allow-scripts" title="A report" srcdoc="{page}" '
            'style="width: 100%; height: 40rem; border: 1px solid"></iframe>'
        )
