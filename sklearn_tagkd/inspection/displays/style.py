"""What all displays share: axes, and colours that everyone tells apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.extras import asking_for
from sklearn_tagkd.utils.plain_text import literal

__all__ = [
    "COLORS",
    "axes_for",
    "few_classes",
    "foreground",
    "mark_of",
    "plain_frame",
    "short",
]

# Of Okabe and Ito, those that can be seen on white and on black. Six colours and seven
# markers: of 42 classes no two look the same, also in grey.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7")
_MARKERS = "os^Dv<*"
_LONGEST = 28  # signs of a name
_MOST_CLASSES = 20  # that a legend beside a map has room for


def axes_for(ax: Any, width: float = 6.4, height: float = 4.8) -> Any:
    """Return axes to draw on.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        The user's; None makes a figure.
    width, height : float
        Inches of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Of the user's own style: colours of text and paper are left as they are.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    if ax is not None:
        return ax
    with asking_for("demo", "A display"):
        from matplotlib import pyplot
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def few_classes(labels: NDArray[Any]) -> list[tuple[Any, NDArray[np.bool_]]]:
    """Return classes that a legend can name, and who is of each.

    Parameters
    ----------
    labels : ndarray of shape (n_nodes,)
        Classes.

    Returns
    -------
    list of (object, ndarray of bool of shape (n_nodes,))
        In the order of the classes; of more than twenty the rarest come last, as one.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_tagkd.inspection.displays.style import few_classes
    >>> [name for name, _ in few_classes(np.array(["b", "a", "b"]))]
    ['a', 'b']
    >>> name, members = few_classes(np.arange(30))[-1]
    >>> name, int(members.sum())
    ('11 other classes', 11)
    """
    names, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    n_named = len(names) if len(names) <= _MOST_CLASSES else _MOST_CLASSES - 1
    named = np.sort(np.argsort(-counts, kind="stable")[:n_named])
    parts = [
        (name, codes == at)
        for name, at in zip(names[named].tolist(), named, strict=True)
    ]
    if n_named < len(names):
        others = f"{len(names) - n_named} other classes"
        parts.append((others, ~np.isin(codes, named)))
    return parts


def foreground(ax: Any) -> Any:
    """Return the colour that text has on these axes.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Light or dark.

    Returns
    -------
    color
        As matplotlib takes it.
    """
    return ax.xaxis.label.get_color()


def mark_of(number: int) -> tuple[str, str]:
    """Return the colour and the marker of a class.

    Parameters
    ----------
    number : int
        Of the class, from 0.

    Returns
    -------
    tuple of str
        Two classes share neither both, up to 42 of them.
    """
    return COLORS[number % len(COLORS)], _MARKERS[number % len(_MARKERS)]


def plain_frame(ax: Any, x: str, y: str, title: str | None) -> None:
    """Write what axes show, and take away what says nothing.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        To finish.
    x, y : str
        Names of the axes.
    title : str or None
        Above them.
    """
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    if title:
        ax.set_title(title)
    ax.spines[["top", "right"]].set_visible(False)


def short(name: Any) -> str:
    """Return a name as a picture shows it.

    Parameters
    ----------
    name : object
        Of a class or a node.

    Returns
    -------
    str
        One line, letter by letter, not too long.
    """
    line = " ".join(str(name).split())
    return literal(line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…")
