"""A document as one HTML page that asks for nothing from outside."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from sklearn_tagkd.reporting.document import (
    Block,
    Document,
    Facts,
    Note,
    Picture,
    Section,
    Table,
)
from sklearn_tagkd.reporting.writing.values import shown, shown_share
from sklearn_tagkd.utils.plain_text import printable

__all__ = ["write_html"]

_NUMBER, _LONG = ' class="number"', 60  # signs, from which on a column is wide


def write_html(document: Document) -> str:
    """Write a document as a page.

    Parameters
    ----------
    document : Document
        Of any length.

    Returns
    -------
    str
        Every text escaped. The page tells the browser to run its own script alone, and
        to load nothing; without the script it can be read, not searched and sorted.
    """
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src "
        f"'{_digest(script)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    title = _text(document.title)
    links = "".join(
        f'<li><a href="#{_text(part.name)}">{_text(part.title)}</a></li>'
        for part in document.sections
    )
    body = "\n".join(map(_section, document.sections))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>{title}</h1>
<p>{_text(document.lead)}</p>
<form role="search" id="finder" hidden>
<label for="words">Search in all tables</label>
<input type="search" id="words" autocomplete="off" spellcheck="false">
<output id="found" for="words" aria-live="polite"></output>
</form>
<nav aria-label="Sections"><ul>{links}</ul></nav>
</header>
<main id="content" tabindex="-1">
{body}
</main>
<script>{script}</script>
</body>
</html>
"""


def _section(part: Section) -> str:
    name = _text(part.name)
    blocks = "\n".join(map(_block, part.blocks))
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n'
        f'<h2 id="{name}-title">{_text(part.title)}</h2>\n{blocks}\n</section>'
    )


def _block(block: Block) -> str:
    if isinstance(block, Note):
        return f"<p>{_text(block.text)}</p>"
    if isinstance(block, Facts):
        pairs = "".join(
            f"<div><dt>{_text(name)}</dt><dd>{_text(shown(value))}</dd></div>"
            for name, value in block.values.items()
        )
        return f"<dl>{pairs}</dl>"
    if isinstance(block, Table):
        return _table(block)
    title = _text(block.title)
    if isinstance(block, Picture):
        told = _text(block.told)
        return (
            f'<figure class="picture"><figcaption>{title}</figcaption>'
            f'<div role="img" tabindex="0" aria-label="{told}">{block.svg}</div>'
            "</figure>"
        )
    return (
        f"<figure><figcaption>{title}</figcaption>"
        f'<pre tabindex="0" aria-label="{title}">{_text(block.text)}</pre></figure>'
    )


def _table(whole: Table) -> str:
    block = whole.without_empty()
    is_number = [
        all(_is_number(row[place]) or row[place] is None for row in block.rows)
        for place in range(len(block.columns))
    ]
    kinds = [
        _kind(number, max((len(shown(row[place])) for row in block.rows), default=0))
        for place, number in enumerate(is_number)
    ]
    heads = "".join(
        f'<th scope="col"{kind}>{_text(name)}</th>'
        for name, kind in zip(block.columns, kinds, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            _cell(value, kind, name in block.bars)
            for name, value, kind in zip(block.columns, row, kinds, strict=True)
        )
        + "</tr>"
        for row in block.rows
    )
    caption = _text(block.caption)
    more = f"<p>And {block.n_left_out:,} more.</p>" if block.n_left_out else ""
    if not block.rows:
        return f"<p>{caption}: none.</p>"
    return (
        f'<div class="wide" role="region" aria-label="{caption}" tabindex="0">'
        f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _kind(is_number: bool, longest: int) -> str:
    """Return how a column is set, as an attribute."""
    if is_number:
        return _NUMBER
    return ' class="long"' if longest > _LONG else ""


def _cell(value: Any, kind: str, is_bar: bool) -> str:
    text = _text(shown_share(value) if is_bar else shown(value))
    if kind != _NUMBER:
        return f"<td{kind}>{text}</td>"
    exact = "" if value is None else f' data-value="{float(value)!r}"'
    bar = ""
    if is_bar and value is not None:
        width = 60 * min(max(float(value), 0.0), 1.0)
        bar = (
            '<svg width="60" height="8" aria-hidden="true">'
            '<rect class="whole" width="60" height="8"/>'
            f'<rect width="{width:.1f}" height="8"/></svg>'
        )
    return f"<td{kind}{exact}>{bar}<span>{text}</span></td>"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(text: str) -> str:
    return escape(printable(text))


@lru_cache(maxsize=2)
def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").strip()


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
