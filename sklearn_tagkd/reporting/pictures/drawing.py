"""One picture: a display on a figure of its own, as inert SVG with words beside it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

from sklearn_tagkd.reporting.document import Picture
from sklearn_tagkd.reporting.pictures.inert_svg import INK, inert_svg
from sklearn_tagkd.utils.extras import is_installed
from sklearn_tagkd.utils.figures import new_figure

__all__ = ["can_draw", "draw", "why_no_pictures"]

_INKED = (
    *("text.color", "axes.labelcolor", "axes.edgecolor", "axes.titlecolor"),
    *("xtick.color", "ytick.color", "legend.labelcolor"),
)


def can_draw() -> bool:
    """Tell whether pictures can be made here.

    Returns
    -------
    bool
        Whether matplotlib is installed.
    """
    return is_installed("matplotlib")


def why_no_pictures() -> str:
    """Return what a report without pictures says in their place.

    Returns
    -------
    str
        A sentence.
    """
    return (
        "Pictures are left out: they take matplotlib, which is not installed here "
        "(pip install 'sklearn-tagkd[demo]')."
    )


def draw(
    title: str,
    plot: Callable[[Any], Any],
    told: str | Callable[[Any], str],
    width: float = 6.4,
    height: float = 4.4,
) -> Picture:
    """Make a picture.

    Parameters
    ----------
    title : str
        What it is of.
    plot : callable
        Draws on the axes that it is given.
    told : str or callable
        What it shows, for those who do not see it, and where only text is written; said
        of what ``plot`` returns.
    width, height : float
        Inches.

    Returns
    -------
    Picture
        The same for the same plot, whatever style the user has set.
    """
    from matplotlib import rc_context, rcParamsDefault

    # All of the user's settings aside, but not the backend: it is not ours to choose.
    plain = {k: v for k, v in rcParamsDefault.items() if not k.startswith("backend")}
    plain |= dict.fromkeys(_INKED, INK)
    plain |= {"svg.fonttype": "none", "svg.hashsalt": "a report", "font.size": 10}
    with rc_context(plain), warnings.catch_warnings():
        # Letters are the browser's, which has more of them than matplotlib's font.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = new_figure(width, height)
        shown = plot(figure.subplots())
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    words = told if isinstance(told, str) else told(shown)
    return Picture(title, words, inert_svg(file.getvalue()))
