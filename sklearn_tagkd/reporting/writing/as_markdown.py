"""A document as Markdown in which no text is markup."""

from __future__ import annotations

import re

from sklearn_tagkd.reporting.document import (
    Block,
    Document,
    Facts,
    Note,
    Picture,
    Table,
)
from sklearn_tagkd.reporting.writing.values import shown, shown_share
from sklearn_tagkd.utils.plain_text import printable

__all__ = ["write_markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]!|~$]|:(?=//))")
_AT_THE_START = re.compile(r"^(\d*)([#+\-=.)])")


def write_markdown(document: Document) -> str:
    """Write a document as Markdown.

    Parameters
    ----------
    document : Document
        Of any length.

    Returns
    -------
    str
        Tables as GitHub and most others read them.
    """
    lines = [f"# {_text(document.title)}", "", _text(document.lead), ""]
    for part in document.sections:
        lines += [f"## {_text(part.title)}", ""]
        for block in part.blocks:
            lines += [*_block(block), ""]
    return "\n".join(lines).rstrip() + "\n"


def _block(block: Block) -> list[str]:
    if isinstance(block, Note):
        return [_text(block.text)]
    if isinstance(block, Facts):
        return [
            f"- {_text(name)}: {_text(shown(value))}"
            for name, value in block.values.items()
        ]
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Picture):  # in words: no Markdown holds a drawing
        return [f"**{_text(block.title)}** {_text(block.told)}"]
    # Indented, not fenced: no line of a text can end it.
    quoted = [f"    {line}" for line in printable(block.text).splitlines()]
    return [f"{_text(block.title)}:", "", *quoted]


def _table(whole: Table) -> list[str]:
    block = whole.without_empty()
    rule = ["---"] * len(block.columns)
    lines = [f"**{_text(block.caption)}**", ""]
    if not block.rows:
        return [*lines, "None."]
    heads = [_text(name) for name in block.columns]
    ways = [shown_share if name in block.bars else shown for name in block.columns]
    cells = [
        [_text(way(value)) for way, value in zip(ways, row, strict=True)]
        for row in block.rows
    ]
    lines += [f"| {' | '.join(row)} |" for row in (heads, rule, *cells)]
    if block.n_left_out:
        lines += ["", f"And {block.n_left_out:,} more."]
    return lines


def _text(text: str) -> str:
    """Return a text of one line in which nothing is markup, HTML's included."""
    line = _SPECIAL.sub(r"\\\1", " ".join(printable(text).split()))
    line = _AT_THE_START.sub(r"\1\\\2", line)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
