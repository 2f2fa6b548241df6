"""A document as plain dicts and lists, for programs."""

from __future__ import annotations

from collections.abc import Container
from itertools import count
from typing import Any

from sklearn_tagkd.reporting.document import (
    Document,
    Facts,
    Note,
    Picture,
    Section,
    Table,
)

__all__ = ["write_dict"]


def write_dict(document: Document) -> dict[str, Any]:
    """Write a document as what JSON holds.

    Parameters
    ----------
    document : Document
        Of any length.

    Returns
    -------
    dict
        ``title``, ``lead``, and ``sections``: by name, each with ``title``, ``facts``,
        ``tables`` (by caption, lists of one dict per row), ``notes``, ``quotes`` and
        ``pictures`` (by title, what each shows in words).
    """
    return {
        "title": document.title,
        "lead": document.lead,
        "sections": {part.name: _section(part) for part in document.sections},
    }


def _unused(name: str, known: Container[str]) -> str:
    """Return a name that is not taken: ids that were cut may look alike."""
    numbered = (f"{name} ({number})" for number in count(2))
    return name if name not in known else next(n for n in numbered if n not in known)


def _section(part: Section) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    tables: dict[str, list[dict[str, Any]]] = {}
    notes, quotes = [], {}
    pictures: dict[str, str] = {}
    for block in part.blocks:
        if isinstance(block, Facts):
            facts.update(block.values)
        elif isinstance(block, Table):
            named = [dict(zip(block.columns, row, strict=True)) for row in block.rows]
            tables[_unused(block.caption, tables)] = named
        elif isinstance(block, Note):
            notes.append(block.text)
        elif isinstance(block, Picture):
            pictures[_unused(block.title, pictures)] = block.told
        else:
            quotes[block.title] = block.text
    return {
        "title": part.title,
        "facts": facts,
        "tables": tables,
        "notes": notes,
        "quotes": quotes,
        "pictures": pictures,
    }
