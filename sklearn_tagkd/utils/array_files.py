"""Arrays in files that are mapped, not read: written whole, or not at all."""

from __future__ import annotations

import ast
import math
import mmap
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["ArrayFile", "advise", "map_array", "read_ahead"]

_HEADER = 128  # bytes; numpy writes shorter ones, and reads these too


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
        # They come by thousands in a folder, which is tidied as a whole.
        self._appearing = replacing(path, tidies=False)
        self._stack = ExitStack()
        self._dtype = np.dtype(dtype)
        self._n_columns = n_columns
        self._length = 0

    def __enter__(self) -> Self:
        path = self._stack.enter_context(self._appearing)
        self._file = self._stack.enter_context(open(path, "wb"))
        self._file.write(bytes(_HEADER))
        self._stack.push(self._finish)
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
        # A disk may be full when what was written last leaves memory: that counts as
        # an error too, and nothing is left of the file.
        self._stack.__exit__(kind, error, trace)

    def _finish(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._file.seek(0)
            self._file.write(self._header())

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


def map_array(
    path: Path,
    dtype: DTypeLike | None = None,
    shape: tuple[int, ...] | None = None,
    *,
    scattered: bool = False,
) -> NDArray[Any]:
    """Map an array out of a file, if it is what is expected.

    Parameters
    ----------
    path : Path
        A file in numpy's own format.
    dtype, shape : dtype, tuple of int, default=None
        What must be there; None takes any numbers, of any shape.
    scattered : bool, default=False
        Whether rows will be read from anywhere: the system then reads what is asked
        for, and not 128 KiB around it. See :func:`read_ahead`.

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
    found, kind, start, n_bytes = _read_header(path)
    wanted = kind if dtype is None else np.dtype(dtype)
    shape = found if shape is None else shape
    if (kind, found) != (wanted, shape):
        raise ValueError(
            f"{path.name} holds {kind} of shape {found}, expected {wanted} of {shape}"
        )
    if n_bytes != wanted.itemsize * math.prod(shape):
        raise ValueError(f"{path.name} has another length than its header says")
    if not n_bytes:
        empty: NDArray[Any] = np.empty(shape, wanted)
        empty.flags.writeable = False
        return empty
    mapped = np.memmap(path, dtype=wanted, mode="r", offset=start, shape=shape)
    if scattered:
        advise(mapped, "MADV_RANDOM")
    # A plain array over the same pages: slices of it are plain arrays too.
    return mapped.view(np.ndarray)


def advise(mapped: np.memmap[Any, Any], advice: str, *where: int) -> None:
    """Tell the system how a map will be read, where it listens.

    Parameters
    ----------
    mapped : memmap
        The map.
    advice : str
        A name of the module ``mmap``.
    *where : int
        Start and length in bytes; nothing is all of it.
    """
    number = getattr(mmap, advice, None)
    if number is not None:
        mapped._mmap.madvise(number, *where)  # type: ignore[attr-defined]


def read_ahead(array: Any, rows: NDArray[np.integer]) -> None:
    """Ask the system for rows of a mapped array before they are looked at.

    Parameters
    ----------
    array : ndarray
        As :func:`map_array` gives it; of anything else nothing is done.
    rows : ndarray of int of shape (n_rows,)
        Which; only for rows next to one another something is done.
    """
    mapped = getattr(array, "base", None)
    if not isinstance(mapped, np.memmap) or not len(rows) or array.ndim != 2:
        return
    if rows[-1] - rows[0] != len(rows) - 1 or array.strides != mapped.strides:
        return
    start = mapped.offset % mmap.ALLOCATIONGRANULARITY + rows[0] * array.strides[0]
    length = len(rows) * array.strides[0]
    before = int(start % mmap.PAGESIZE)
    advise(mapped, "MADV_WILLNEED", int(start) - before, int(length) + before)


def _read_header(path: Path) -> tuple[tuple[int, ...], np.dtype[Any], int, int]:
    """Return shape and type of an array, where it begins, and how long the rest is."""
    with open(path, "rb") as file:
        start = file.read(10)
        length = int.from_bytes(start[8:], "little")
        if start[:8] != np.lib.format.magic(1, 0):
            raise ValueError(f"{path.name} is no array of numpy.save")
        text = file.read(length).decode("latin-1")
        n_bytes = os.fstat(file.fileno()).st_size - file.tell()
    try:
        described = ast.literal_eval(text)
        kind = np.dtype(described["descr"])
        shape = described["shape"]
        by_columns = described["fortran_order"] is True
        is_plain = described["fortran_order"] in (True, False) and kind.kind in "iuf"
        if not is_plain or not all(type(n) is int and 0 <= n < 2**48 for n in shape):
            raise ValueError("it is of another kind")
    except (ValueError, TypeError, KeyError, SyntaxError, RecursionError) as error:
        raise ValueError(
            f"{path.name} holds no array of numbers ({type(error).__name__})"
        ) from None
    if by_columns:
        raise ValueError(
            f"{path.name} holds an array column after column. Write it row after row: "
            "numpy.save(path, numpy.ascontiguousarray(array))"
        )
    return tuple(shape), kind, 10 + length, n_bytes
