"""Fitted attributes that hold several figures, in the diagram of a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["AttributeRows"]


class AttributeRows:
    """Lets scikit-learn's diagram show each entry of a mapping in a row of its own.

    It cuts longer values off otherwise. The diagram has fitted attributes since
    scikit-learn 1.9; earlier versions show parameters alone.
    """

    def _get_fitted_attr_html(self, doc_link: str = "") -> Any:
        # The hook of scikit-learn that its diagram calls.
        table = super()._get_fitted_attr_html(doc_link)  # type: ignore[misc]
        entries = dict(table.items())
        table.clear()
        for name, shown in entries.items():
            value = shown["value"]
            if isinstance(value, Mapping) and value:
                table.update(_rows(name, value))
            else:
                table[name] = shown
        return table


def _rows(name: str, entries: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in entries.items():
        if isinstance(value, Mapping) and value:
            yield from _rows(f"{name} {key}", value)
        else:
            yield f"{name} {key}", {"type_name": type(value).__name__, "value": value}
