"""Files in JSON-lines format, as people and other programs write them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["JsonLine", "read_json_lines"]

_FOREIGN = "not UTF-8"


@dataclass(frozen=True, slots=True)
class JsonLine:
    """A line of a file, parsed as far as it can be.

    Parameters
    ----------
    number : int
        Its number in the file, from 1.
    entry : object
        What it says; None where there is a problem.
    problem : str
        What is wrong with it, without quoting it; ``''`` for nothing.
    n_repeated : int
        Keys that stand in one object more than once; the last of them counts.
    """

    number: int
    entry: Any
    problem: str = ""
    n_repeated: int = 0

    @property
    def is_foreign(self) -> bool:
        """Whether the line is written in another encoding than UTF-8."""
        return self.problem.startswith(_FOREIGN)


def read_json_lines(path: str | Path) -> Iterator[JsonLine]:
    r"""Read the lines of a file; nothing in it is executed.

    Parameters
    ----------
    path : str or Path
        File in UTF-8, with a byte-order mark or without.

    Yields
    ------
    JsonLine
        One per line that is not blank.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.utils.json_lines import read_json_lines
    >>> path = Path(tempfile.mkdtemp()) / "lines.jsonl"
    >>> _ = path.write_text('{"node": 1}\n\n{"node"')
    >>> [(line.number, line.entry, line.problem) for line in read_json_lines(path)]
    [(1, {'node': 1}, ''), (3, None, "not JSON (Expecting ':' delimiter)")]
    """
    # Bytes that are no UTF-8 come as lone surrogates, which no UTF-8 holds.
    with open(path, encoding="utf-8-sig", errors="surrogateescape") as lines:
        for number, read in enumerate(lines, start=1):
            line = read.lstrip("\ufeff")  # of a file that was put behind another one
            if not line.strip():
                continue
            problem = _encoding_problem(line)
            if problem:
                yield JsonLine(number, None, problem)
                continue
            yield _parse(number, line)


def _encoding_problem(line: str) -> str:
    raw = line.encode("utf-8", "surrogateescape")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        if error.end == len(raw) and "unexpected end" in error.reason:
            return "cut off within a letter"
        return f"{_FOREIGN} (byte 0x{raw[error.start]:02x})"
    return ""


def _parse(number: int, line: str) -> JsonLine:
    n_repeated = 0

    def gather(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal n_repeated
        found = dict(pairs)
        n_repeated += len(pairs) - len(found)
        return found

    try:
        entry = json.loads(line, object_pairs_hook=gather)
    except RecursionError:
        return JsonLine(number, None, "nested too deeply")
    except json.JSONDecodeError as error:  # its text would quote the line
        return JsonLine(number, None, f"not JSON ({error.msg})")
    except ValueError:  # Python reads no number of thousands of digits
        return JsonLine(number, None, "not JSON (a number of too many digits)")
    return JsonLine(number, entry, n_repeated=n_repeated)
