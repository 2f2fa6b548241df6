"""Progress bars that stay out of the way, and never seem to stand still."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from threading import Event, Thread
from typing import Any

from tqdm import TqdmWarning

from sklearn_tagkd.utils.forks import no_fork
from sklearn_tagkd.utils.plain_text import printable

# In a notebook without ipywidgets it warns of that, and draws the bar in text.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", TqdmWarning)
    from tqdm.auto import tqdm

__all__ = ["progress_bar"]

_TICK = 1.0  # seconds between two looks at the clock while nothing is finished


class _TickingBar(tqdm):  # type: ignore[misc]
    """A bar whose clock goes on while a unit of work takes long."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._ended = Event()
        self._ticker: Thread | None = None
        super().__init__(*arguments, **options)
        if not self.disable:
            self._ticker = Thread(target=self._tick, daemon=True)
            self._ticker.start()

    def close(self) -> None:
        self._ended.set()
        if self._ticker is not None:
            self._ticker.join()
        super().close()

    def _tick(self) -> None:
        if self._ended.wait(self.delay):
            return
        while not self._ended.wait(_TICK):
            self.refresh()


# A child of a fork that came while another thread held tqdm's own lock waits for ever.
_TickingBar.set_lock(no_fork)


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
        A context manager with ``update`` and ``set_postfix``. Its clock is drawn every
        second, whether or not a unit was finished.
    """
    automatic = show == "auto"
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    return _TickingBar(
        total=total,
        desc=printable(description),
        unit=f" {unit}",
        disable=not (watched if automatic else show),
        delay=1.0 if automatic else 0.0,
        leave=not automatic,
        **_size(),
    )


def _size() -> dict[str, Any]:
    """Return the size of the terminal, as tqdm takes it.

    A terminal in a container, or under another program, may say that it has neither
    columns nor lines: a bar that fits into that would not be seen.
    """
    try:
        is_known = min(os.get_terminal_size(sys.stderr.fileno())) > 0
    except (OSError, ValueError, AttributeError):
        is_known = False
    if is_known or "ipykernel" in sys.modules:
        return {"dynamic_ncols": True}
    columns, lines = shutil.get_terminal_size()
    return {"ncols": columns, "nrows": lines}
