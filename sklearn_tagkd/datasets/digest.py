"""Files told apart by what is in them."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["file_digest"]


def file_digest(path: Path) -> str:
    """Return a digest of a file, read block by block.

    Parameters
    ----------
    path : Path
        Of the file.

    Returns
    -------
    str
        Equal for equal contents.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.blake2b(digest_size=16)
        ).hexdigest()
