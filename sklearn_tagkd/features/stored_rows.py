"""Rows of nodes in files: one of numpy's, or a folder of parts."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from sklearn_tagkd.features.row_parts import RowParts, SharedRows
from sklearn_tagkd.utils.array_files import map_array

__all__ = ["open_rows", "rows_digest"]


def open_rows(path: Path, *, scattered: bool = False) -> RowParts | SharedRows:
    """Map rows.

    Parameters
    ----------
    path : Path
        A file of ``numpy.save``, or a folder of such files.
    scattered : bool, default=False
        Whether rows will be read from anywhere.

    Returns
    -------
    RowParts or SharedRows
        Of all files, in the order of their names; shared where a file ``places`` says
        of every node which row it has.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If a file holds no rows of float16 or float32, or rows of another width.
    """
    parts = []
    for file in _files(path):
        array = map_array(file, scattered=scattered)
        if array.dtype not in (np.float16, np.float32) or array.ndim != 2:
            raise ValueError(
                f"{file.name} holds {array.dtype} of shape {array.shape}. Expected "
                "float16 or float32 of shape (n_rows, n_columns)."
            )
        parts.append(array)
    kinds = {(part.shape[1], part.dtype) for part in parts}
    if len(kinds) > 1:
        raise ValueError(
            f"The files in {path} differ in their columns' number or type."
        )
    rows = RowParts(parts)
    if path.is_dir() and (path / "places").is_file():
        return SharedRows(rows, map_array(path / "places"))
    return rows


def rows_digest(path: Path) -> str:
    """Tell rows apart by their files: size, and when they were written.

    Parameters
    ----------
    path : Path
        As in :func:`open_rows`.

    Returns
    -------
    str
        Equal for the same files.
    """
    digest = hashlib.blake2b(digest_size=8)
    places = path / "places"
    for file in [*_files(path), *([places] if places.is_file() else [])]:
        found = file.stat()
        # Not where it lies: a folder may be moved.
        seen = f"{file.name} {found.st_size} {found.st_mtime_ns}\n"
        digest.update(seen.encode())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    files = sorted(path.glob("*.npy")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise FileNotFoundError(f"There are no rows in {path}: no file of numpy.save.")
    return files
