"""Pictures without a window system, and without touching the user's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["new_figure", "save_figure", "spread_of_shares"]


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure.

    Parameters
    ----------
    width, height : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot: none of the user's open figures is touched.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Any, path: Path) -> Path:
    """Write a figure to a PNG file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    path : Path
        Where to; its folder is made.

    Returns
    -------
    Path
        The same path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    return path


def spread_of_shares(means: ArrayLike, deviations: ArrayLike) -> NDArray[np.float64]:
    """Return how far bars around shares reach, none beyond what a share can be.

    Parameters
    ----------
    means : array-like of shape (n_shares,)
        From 0 to 1.
    deviations : array-like of shape (n_shares,)
        How far bars would reach to each side; nan is not at all.

    Returns
    -------
    ndarray of float64 of shape (2, n_shares)
        Downwards and upwards, as matplotlib takes error bars.

    Examples
    --------
    >>> from sklearn_tagkd.utils.figures import spread_of_shares
    >>> spread_of_shares([0.5, 0.75], [0.125, 0.5])
    array([[0.125, 0.5  ],
           [0.125, 0.25 ]])
    """
    shares = np.asarray(means, dtype=np.float64)
    spread = np.nan_to_num(np.asarray(deviations, dtype=np.float64))
    return np.stack([np.minimum(spread, shares), np.minimum(spread, 1 - shares)])
