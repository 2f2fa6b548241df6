"""Progress bars that stay out of the way."""

from __future__ import annotations

import sys
from typing import Any

from tqdm.auto import tqdm

__all__ = ["progress_bar"]


def progress_bar(
    total: int | None, description: str, unit: str, show: bool | str
) -> Any:
    """Return a progress bar, shown or not.

    Parameters
    ----------
    total : int or None
        Number of units of work.
    description : str
        What is being done.
    unit : str
        What is being counted.
    show : bool or 'auto'
        ``'auto'`` shows the bar on a terminal or in a notebook, once the work has
        taken a second.

    Returns
    -------
    tqdm.tqdm
        A context manager with ``update`` and ``set_postfix``.
    """
    automatic = show == "auto"
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    return tqdm(
        total=total,
        desc=description,
        unit=f" {unit}",
        disable=not (watched if automatic else show),
        delay=1.0 if automatic else 0.0,
        leave=not automatic,
        dynamic_ncols=True,
    )
