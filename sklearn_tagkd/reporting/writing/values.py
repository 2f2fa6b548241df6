"""Values as people read them."""

from __future__ import annotations

from typing import Any

__all__ = ["shown", "shown_share"]


def shown(value: Any) -> str:
    """Return a value in words.

    Parameters
    ----------
    value : None, bool, int, float or str
        Of a fact or a cell.

    Returns
    -------
    str
        Not escaped.

    Examples
    --------
    >>> from sklearn_tagkd.reporting.writing.values import shown
    >>> shown(12345), shown(0.123456), shown(True)
    ('12,345', '0.123', 'yes')
    """
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


def shown_share(value: Any) -> str:
    """Return a share so that those in a column lie under one another.

    Parameters
    ----------
    value : None, int or float
        Mostly from 0 to 1.

    Returns
    -------
    str
        With three decimals.

    Examples
    --------
    >>> from sklearn_tagkd.reporting.writing.values import shown_share
    >>> shown_share(0.5), shown_share(0.0004), shown_share(0)
    ('0.500', '<0.001', '0.000')
    """
    if value is None:
        return shown(value)
    return "<0.001" if 0 < value < 0.0005 else f"{value:.3f}"
