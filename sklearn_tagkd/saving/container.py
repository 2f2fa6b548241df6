"""The safetensors format, read and written by numpy: nothing in a file is executed.

Eight bytes say how long the header is; the header, JSON, says of each tensor which
numbers it holds, in which shape, and where they lie. Every one of these statements is
checked before a byte of a tensor is looked at.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["read_json", "read_tensors", "write_tensors"]

_DTYPES = {"U8": "|u1", "U16": "<u2", "F16": "<f2", "F32": "<f4"}
_NAMES = {np.dtype(code): name for name, code in _DTYPES.items()}
_LONGEST_HEADER = 2**24  # bytes
_ALIGNMENT = 8
_MOST_DIMENSIONS = 2

Tensors = dict[str, NDArray[Any]]


def write_tensors(
    path: str | os.PathLike[str],
    tensors: Mapping[str, NDArray[Any]],
    metadata: Mapping[str, str],
) -> None:
    """Write tensors, in place of a file only once all of it is written.

    Parameters
    ----------
    path : str or PathLike
        Where to.
    tensors : mapping of str to ndarray
        Of uint8, uint16, float16 or float32, and one or two dimensions.
    metadata : mapping of str to str
        What else to keep.
    """
    arrays = {
        # Longer numbers first, as the safetensors library does: all lie aligned.
        name: np.ascontiguousarray(tensors[name])
        for name in sorted(tensors, key=lambda n: (-tensors[n].itemsize, n))
    }
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        header[name] = {
            "dtype": _NAMES[array.dtype.newbyteorder("<")],
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % _ALIGNMENT)
    with replacing(Path(path)) as unfinished, open(unfinished, "wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for array in arrays.values():
            file.write(array.astype(array.dtype.newbyteorder("<")).tobytes())


def read_tensors(path: str | os.PathLike[str]) -> tuple[Tensors, dict[str, str]]:
    """Read tensors and what is kept beside them.

    Parameters
    ----------
    path : str or PathLike
        Of a file in the safetensors format.

    Returns
    -------
    tensors : dict of str to ndarray
        Read-only.
    metadata : dict of str to str
        What else is kept.

    Raises
    ------
    ModelFileError
        If it is no such file; says where it is wrong.
    OSError
        If there is no file, or it cannot be opened.
    """
    # A number is no name: open() would take it for a file that is open already.
    with open(os.fspath(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or not 2 <= length <= min(_LONGEST_HEADER, size - 8):
            _refuse(path, f"its header claims {length} bytes, and the file has {size}")
        header = read_json(file.read(length), path)
        places, metadata = _read_header(header, size - 8 - length, path)
        content = file.read(size - 8 - length + 1)
    if len(content) != size - 8 - length:
        _refuse(path, "it changed while it was read")
    tensors: Tensors = {}
    for name, (dtype, shape, first) in places.items():
        count = math.prod(shape)
        flat = np.frombuffer(content, dtype, count, first) if count else ()
        tensors[name] = np.asarray(flat, dtype).reshape(shape)
        if sys.byteorder == "big":
            tensors[name] = tensors[name].astype(dtype.newbyteorder("="))
    return tensors, metadata


def read_json(encoded: bytes, path: object) -> Any:
    """Read JSON in which every key occurs once and every number is one.

    Parameters
    ----------
    encoded : bytes
        UTF-8.
    path : object
        Of the file, for the error.

    Returns
    -------
    object
        What it says.

    Raises
    ------
    ModelFileError
        If it is no JSON, or nested too deeply to be ours.
    """
    try:
        return json.loads(
            encoded.decode(), object_pairs_hook=_once, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        _refuse(path, f"its header is no JSON ({type(error).__name__})")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _read_header(
    header: Any, n_bytes: int, path: object
) -> tuple[dict[str, tuple[np.dtype[Any], tuple[int, ...], int]], dict[str, str]]:
    """Return where each tensor lies, and the metadata, once all of it is true."""
    if not isinstance(header, dict):
        _refuse(path, "its header is no JSON object")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(
        isinstance(value, str) for value in metadata.values()
    ):
        _refuse(path, "its metadata are not strings")
    places, spans = {}, []
    for name, entry in header.items():
        if not isinstance(entry, dict) or entry.keys() != {
            "dtype",
            "shape",
            "data_offsets",
        }:
            _refuse(path, "a tensor is not described as it should be")
        code, shape = entry["dtype"], entry["shape"]
        if not isinstance(code, str) or code not in _DTYPES:
            _refuse(path, "a tensor is of a type that models are not made of")
        if not _are_counts(shape) or not 1 <= len(shape) <= _MOST_DIMENSIONS:
            _refuse(path, "a tensor has an impossible shape")
        dtype = np.dtype(_DTYPES[code])
        span = entry["data_offsets"]
        if not _are_counts(span) or len(span) != 2:
            _refuse(path, "a tensor lies at an impossible place")
        if span[1] - span[0] != math.prod(shape) * dtype.itemsize:
            _refuse(path, "a tensor is not as long as its shape")
        places[name] = (dtype, tuple(shape), span[0])
        spans.append(tuple(span))
    end = 0
    for first, last in sorted(spans):
        if first != end:
            _refuse(path, "tensors overlap, or there are gaps between them")
        end = last
    if end != n_bytes:
        _refuse(path, f"tensors end after {end} bytes, and there are {n_bytes}")
    return places, metadata


def _are_counts(value: Any) -> bool:
    return isinstance(value, list) and all(
        type(entry) is int and 0 <= entry < 2**48 for entry in value
    )


def _refuse(path: object, why: str) -> NoReturn:
    raise ModelFileError(
        f"{os.fspath(path) if isinstance(path, os.PathLike) else path} holds no model "  # type: ignore[arg-type]
        f"that can be read: {why}. Was it damaged on its way, or made by another "
        "program? Save the model again with sklearn_tagkd.save(model, path)."
    )
