"""Explanations for a notebook; every text in them is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from sklearn_tagkd.utils.plain_text import printable

if TYPE_CHECKING:
    from sklearn_tagkd.inspection.explanation.result import Evidence, Explanation
    from sklearn_tagkd.rationales import Rationale

__all__ = ["page_of", "text_of"]

_TITLES = {
    "words": "Words of its text",
    "neighbors": "Linked nodes",
    "links": "Links",
    "taught_by": "Answers that taught it",
}


def page_of(explanations: Iterable[Explanation]) -> str:
    """Write explanations as HTML.

    Parameters
    ----------
    explanations : iterable of Explanation
        In their order.

    Returns
    -------
    str
        One block per node.
    """
    return "\n".join(_block(item) for item in explanations)


def text_of(thing: Any) -> str:
    """Return a text as HTML shows it, letter by letter.

    Parameters
    ----------
    thing : object
        A text, an id, a label.

    Returns
    -------
    str
        Escaped, without control characters.
    """
    return escape(printable(str(thing)))


def _block(item: Explanation) -> str:
    head = (
        f"<b>{text_of(item.node)}</b>: <b>{text_of(item.label)}</b> "
        f"({item.probability:.2f}), not {text_of(item.runner_up)}; "
        f"margin {item.margin:.2f}"
    )
    parts = [f"<p>{head}</p>"]
    for name, title in _TITLES.items():
        evidence: tuple[Evidence, ...] = getattr(item, name)
        if evidence:
            rows = "".join(map(_row, evidence))
            parts.append(f"<table><caption>{title}</caption>{rows}</table>")
    if item.rationale is not None:
        parts.append(f"<p>The language model: {_reason(item.rationale)}</p>")
    parts += [f"<p><small>{text_of(note)}</small></p>" for note in item.notes]
    return f"<div>{''.join(parts)}</div>"


def _row(evidence: Evidence) -> str:
    what = evidence.what
    shown = " → ".join(map(text_of, what)) if isinstance(what, tuple) else text_of(what)
    cells = [shown, f"{evidence.effect:+.3f}"]
    if evidence.weight is not None:
        cells.append(f"weight {evidence.weight:.2f}")
    if evidence.reason is not None:
        cells.append(_reason(evidence.reason))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _reason(reason: Rationale) -> str:
    names = sorted(reason.probabilities, key=lambda name: -reason.probabilities[name])
    said = [f"<b>{text_of(names[0])}</b>"] if names else []
    if reason.keywords:
        said.append(", ".join(map(text_of, reason.keywords)))
    if reason.neighbors:
        said.append("with " + ", ".join(text_of(n.node) for n in reason.neighbors))
    if reason.explanation:
        said.append(f"<i>{text_of(reason.explanation)}</i>")
    return "; ".join(said)
