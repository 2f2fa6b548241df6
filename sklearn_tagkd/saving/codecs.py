"""How a fitted attribute is written, and how it is read and checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.saving.checks import MOST, Reader, is_word
from sklearn_tagkd.saving.precision import TensorWriter

__all__ = ["Codec"]


_MOST_CLASSES, _LONGEST_LABEL = 100_000, 10_000
_DEEPEST = 4  # of what asking took


@dataclass(frozen=True)
class Codec:
    """The two directions of one kind of value.

    Parameters
    ----------
    write : callable
        From the value, and a function that keeps tensors, to JSON.
    read : callable
        From a Reader to the value; raises ModelFileError.
    """

    write: Callable[[Any, TensorWriter], Any]
    read: Callable[[Reader], Any]


def _write_labels(labels: Any, _: TensorWriter) -> dict[str, Any]:
    array = np.asarray(labels)
    values = array.tolist()
    kinds = {type(value) for value in values}
    kind = next(iter(kinds)).__name__ if len(kinds) == 1 else ""
    if not values:
        kind = "str" if array.dtype.kind == "U" else "float"
    if kind not in ("str", "int", "bool", "float") or array.ndim != 1:
        raise ModelFileError(
            "A file can hold labels that are str, int, bool or float, all of one kind; "
            f"these are {sorted(k.__name__ for k in kinds)}. Fit with such labels, or "
            "use pickle."
        )
    if kind == "float" and not np.isfinite(array.astype(float)).all():
        raise ModelFileError("A label is not finite. Fit with other labels.")
    dtype = "object" if array.dtype == object else array.dtype.kind
    size = array.dtype.itemsize if dtype in "iuf" else 0
    return {"kind": kind, "dtype": f"{dtype}{size or ''}", "values": values}


def _read_labels(reader: Reader) -> NDArray[Any]:
    kind = reader.at("kind").string(10)
    read: dict[str, Callable[[Reader], Any]] = {
        "str": lambda entry: entry.string(_LONGEST_LABEL, lambda _: True),
        "int": lambda entry: entry.count(-(2**63), 2**64 - 1),
        "bool": Reader.flag,
        "float": lambda entry: entry.number(-1.8e308, 1.8e308),
    }
    dtypes = {
        "str": ("U", "object"),
        "int": (*(f"{k}{n}" for k in "iu" for n in (1, 2, 4, 8)), "object"),
        "bool": ("b", "object"),
        "float": ("f2", "f4", "f8", "object"),
    }
    dtype = reader.at("dtype")
    if kind not in read or dtype.string(10) not in dtypes[kind]:
        reader.refuse("labels of str, int, bool or float")
    values = [read[kind](v) for v in reader.at("values").entries(_MOST_CLASSES)]
    if any(first >= second for first, second in pairwise(values)):
        reader.refuse("labels in ascending order, each once")
    code = dtype.plain()
    try:
        array = np.array(values, dtype={"b": "?"}.get(code, code))
    except (OverflowError, ValueError):
        reader.refuse("labels that fit their type")
    if array.tolist() != values:
        reader.refuse("labels that fit their type")
    return array


def _write_count(value: Any, _: TensorWriter) -> int:
    return int(value)


def _write_flag(value: Any, _: TensorWriter) -> bool:
    return bool(value)


def _write_names(names: Any, _: TensorWriter) -> list[str]:
    return [str(name) for name in names]


def _read_names(reader: Reader) -> NDArray[Any]:
    names = [entry.string(10_000, lambda _: True) for entry in reader.entries(10**6)]
    array = np.empty(len(names), dtype=object)
    array[:] = names
    return array


def _write_numbers(values: Any, _: TensorWriter) -> dict[str, int]:
    return {str(key): int(value) for key, value in values.items() if _is_reason(key)}


def _read_numbers(reader: Reader) -> dict[str, int]:
    return {
        Reader(key, reader.place).string(100, _is_reason): reader.at(key).count()
        for key in reader.names()
    }


def _is_reason(key: Any) -> bool:
    """Tell whether something names what was dropped: ``'abstained: refused'``."""
    return isinstance(key, str) and is_word(key.replace(" ", "-")) and len(key) <= 100


def _write_answers(value: Any, put: TensorWriter) -> Any:
    """Return numbers and names by name; what may be a text is left out."""
    if isinstance(value, dict):
        return {k: _write_answers(v, put) for k, v in value.items() if _is_reason(k)}
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    return value if is_word(value) else None


def _read_answers(reader: Reader, depth: int = 0) -> Any:
    value = reader.plain()
    if isinstance(value, dict) and depth < _DEEPEST:
        return {
            Reader(key, reader.place).string(100, _is_reason): _read_answers(
                reader.at(key), depth + 1
            )
            for key in reader.names()
        }
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int:
        return reader.count(-MOST, 2**53)
    if isinstance(value, float):
        return reader.number(-1e300, 1e300)
    return reader.string(200, is_word)


def _read_usage(reader: Reader) -> dict[str, Any]:
    reader.names()
    found: dict[str, Any] = _read_answers(reader)
    return found


def _write_rows(value: Any, _: TensorWriter) -> list[int]:
    rows: list[int] = np.asarray(value, dtype=np.int64).tolist()
    return rows


def _read_rows(reader: Reader) -> NDArray[np.int64]:
    rows = [entry.count() for entry in reader.entries(10**7)]
    return np.array(rows, dtype=np.int64)


def _write_money(value: Any, _: TensorWriter) -> float | None:
    return None if value is None else float(value)


def _read_money(reader: Reader) -> float | None:
    return None if reader.is_none else reader.number(0, 1e12)


def _write_factor(value: Any, _: TensorWriter) -> float:
    return float(value)


def _read_factor(reader: Reader) -> float:
    return reader.number(1e-3, 1e3)


def _write_history(history: Any, _: TensorWriter) -> list[dict[str, Any]]:
    return [
        {
            str(key): int(value) if isinstance(value, Integral) else float(value)
            for key, value in entry.items()
            if isinstance(value, Real) and math.isfinite(value)
        }
        for entry in history
    ]


def _read_history(reader: Reader) -> list[dict[str, Any]]:
    return [
        {
            Reader(key, entry.place).string(100, is_word): entry.at(key).count()
            if type(entry.at(key).plain()) is int
            else entry.at(key).number(-1e300, 1e300)
            for key in entry.names(100)
        }
        for entry in reader.entries(10**6)
    ]


def _write_sentence(value: Any, _: TensorWriter) -> str:
    return str(value)


def _read_sentence(reader: Reader) -> str:
    return reader.string(1_000, str.isprintable)


def _write_digest(value: Any, _: TensorWriter) -> dict[str, Any]:
    return dict(value)


def _read_digest(reader: Reader) -> dict[str, Any]:
    return {
        "nodes": reader.at("nodes").count(0, 2**40),
        "links": reader.at("links").count(0, 2**50),
        "digest": reader.at("digest").string(32, lambda s: len(s) == 32 and is_word(s)),
    }


FLAG = Codec(_write_flag, Reader.flag)
COUNT = Codec(_write_count, Reader.count)
LABELS = Codec(_write_labels, _read_labels)
NAMES = Codec(_write_names, _read_names)
NUMBERS = Codec(_write_numbers, _read_numbers)
ANSWERS = Codec(_write_answers, _read_usage)
MONEY = Codec(_write_money, _read_money)
HISTORY = Codec(_write_history, _read_history)
ROWS = Codec(_write_rows, _read_rows)
FACTOR = Codec(_write_factor, _read_factor)
DIGEST = Codec(_write_digest, _read_digest)
SENTENCE = Codec(_write_sentence, _read_sentence)
