"""Arrays in files that are mapped, not read: written whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["ArrayFile", "appear", "map_array"]

_HEADER = 128  # bytes; numpy writes shorter ones, and reads these too


@contextmanager
def appear(path: Path) -> Iterator[Path]:
    """Let a file appear whole: what is written under another name is then renamed.

    Parameters
    ----------
    path : Path
        Where it shall be; what is there is replaced.

    Yields
    ------
    Path
        Where to write it.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield partial
        with open(partial, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


class ArrayFile:
    """An array of one or two dimensions that is written from its start to its end.

    Its length is known only when all is written; the file is one that ``numpy.load``
    reads.

    Parameters
    ----------
    path : Path
        Where to.
    dtype : dtype
        Of all that is appended.
    n_columns : int, default=None
        Of an array of two dimensions.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.utils.array_files import ArrayFile, map_array
    >>> path = Path(tempfile.mkdtemp()) / "numbers.npy"
    >>> with ArrayFile(path, "<i4") as file:
    ...     file.append(np.arange(2))
    ...     file.append(np.arange(3))
    >>> map_array(path, "<i4", (5,)).tolist()
    [0, 1, 0, 1, 2]
    """

    def __init__(
        self, path: Path, dtype: DTypeLike, n_columns: int | None = None
    ) -> None:
        self._appearing = appear(path)
        self._dtype = np.dtype(dtype)
        self._n_columns = n_columns
        self._length = 0

    def __enter__(self) -> Self:
        self._file = open(self._appearing.__enter__(), "wb")  # noqa: SIM115
        self._file.write(bytes(_HEADER))
        return self

    def __len__(self) -> int:
        return self._length

    def append(self, rows: NDArray[Any]) -> None:
        """Write rows after those that were written.

        Parameters
        ----------
        rows : ndarray of shape (n_rows,) or (n_rows, n_columns)
            Numbers that the file's type can hold.
        """
        part = np.ascontiguousarray(rows, dtype=self._dtype)
        self._file.write(part.data)
        self._length += len(part)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._file.seek(0)
            self._file.write(self._header())
        self._file.close()
        self._appearing.__exit__(kind, error, trace)

    def _header(self) -> bytes:
        columns = () if self._n_columns is None else (self._n_columns,)
        described = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self._length, *columns),
        }
        start = np.lib.format.magic(1, 0)
        length = _HEADER - len(start) - 2
        text = repr(described).encode().ljust(length - 1) + b"\n"
        return start + length.to_bytes(2, "little") + text


def map_array(path: Path, dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """Map an array out of a file, if it is what is expected.

    Parameters
    ----------
    path : Path
        A file in numpy's own format.
    dtype, shape : dtype, tuple of int
        What must be there.

    Returns
    -------
    ndarray
        Read-only; an empty one is no map.

    Raises
    ------
    ValueError
        If the file holds something else, or less than it says.
    OSError
        If there is no file.
    """
    try:
        with open(path, "rb") as file:
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError("its header is of another version")
            found, by_column, kind = np.lib.format.read_array_header_1_0(file)
            start = file.tell()
            n_bytes = os.fstat(file.fileno()).st_size - start
    except (ValueError, TypeError, KeyError, EOFError, SyntaxError) as error:
        raise ValueError(f"{path.name} is no array: {error}") from None
    wanted = np.dtype(dtype)
    if (kind, found) != (wanted, shape) or (by_column and len(shape) > 1):
        raise ValueError(
            f"{path.name} holds {kind} of shape {found}, expected {wanted} of {shape}"
        )
    if n_bytes != wanted.itemsize * int(np.prod(shape, dtype=np.int64)):
        raise ValueError(f"{path.name} has another length than its header says")
    if not n_bytes:
        empty: NDArray[Any] = np.empty(shape, wanted)
        empty.flags.writeable = False
        return empty
    mapped = np.memmap(path, dtype=wanted, mode="r", offset=start, shape=shape)
    # A plain array over the same pages: slices of it are plain arrays too.
    return mapped.view(np.ndarray)
