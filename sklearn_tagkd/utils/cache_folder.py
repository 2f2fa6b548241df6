"""Where this package keeps what is dear: embeddings, and answers that were paid for."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["CACHE_VARIABLE", "cache_folder"]

CACHE_VARIABLE = "SKLEARN_TAGKD_CACHE"


def cache_folder() -> Path | None:
    """Return where this package keeps what is dear to compute.

    Returns
    -------
    Path or None
        The folder that the environment variable ``SKLEARN_TAGKD_CACHE`` names,
        the user's cache folder where it is not set, None where it is ``off``.
    """
    chosen = os.environ.get(CACHE_VARIABLE, "")
    if chosen.lower() == "off":
        return None
    return Path(chosen) if chosen else user_cache_path("sklearn_tagkd")
