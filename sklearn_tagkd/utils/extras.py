"""Libraries that not every installation has, and how to get them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from sklearn_tagkd.exceptions import MissingExtraError

__all__ = ["asking_for", "is_installed"]


def is_installed(module: str) -> bool:
    """Tell whether a library is there, without importing it.

    Parameters
    ----------
    module : str
        Name of a top-level module.

    Returns
    -------
    bool
        Whether an import would find it.
    """
    return importlib.util.find_spec(module) is not None


@contextmanager
def asking_for(extra: str, what: str) -> Iterator[None]:
    """Name the extra to install where a library turns out to be missing.

    Parameters
    ----------
    extra : str
        Of ``pip install 'sklearn-tagkd[extra]'``.
    what : str
        What cannot be done without it; begins the sentence.

    Raises
    ------
    MissingExtraError
        If a library of somebody else is not installed.

    Examples
    --------
    >>> from sklearn_tagkd.utils.extras import asking_for
    >>> with asking_for("train", "Training"):
    ...     import no_such_library
    Traceback (most recent call last):
    ...
    sklearn_tagkd.exceptions.MissingExtraError: Training needs no_such_library, which is
    not installed here. Install it: pip install 'sklearn-tagkd[train]'.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", "sklearn_tagkd"):
            raise
        raise MissingExtraError(
            f"{what} needs {missing}, which is not installed here. Install it: "
            f"pip install 'sklearn-tagkd[{extra}]'.",
            name=missing,
        ) from error
