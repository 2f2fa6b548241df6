"""Pages of the documentation as programs: their blocks of code, and what they print.

``python`` blocks are code, and so is a ``{literalinclude}`` of a Python file, or of a
part of it. Commands of ours in ``sh`` blocks are code that runs them. A ``text`` block
that follows is what they print.
"""

import re
import shlex
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("guide/*"))]
PAGES = [page for page in PAGES if page.suffix == ".md"]

_FENCE = re.compile(r"^```(\S+(?: \S+\.py)?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r"^:([\w-]+): (.*)$", re.MULTILINE)


class Block(NamedTuple):
    """Code of a page."""

    code: str
    line: int
    expected: str | None  # what it prints, where the page says so
    is_here: bool  # not taken from a file


def blocks(page):
    """Yield the code of a page, block by block."""
    text = page.read_text(encoding="utf-8")
    fences = list(_FENCE.finditer(text))
    for fence, following in zip_longest(fences, fences[1:]):
        code, is_here = _code(page, *fence.groups())
        if code is None:
            continue
        said = following is not None and following[1] == "text"
        between = text[fence.end() : following.start()] if said else "some words"
        expected = following[2] if said and not between.strip() else None
        line = text.count("\n", 0, fence.start()) + 1
        yield Block(code, line, expected, is_here)


def _code(page, kind, text):
    if kind == "python":
        return text, True
    if kind == "sh":
        return _commands(text), True
    if kind.startswith("{literalinclude} "):
        return included(
            page.parent / kind.split()[1], dict(_OPTION.findall(text))
        ), False
    return None, True


def included(path, options):
    """Return the part of a file that Sphinx would show."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    known = {"start-at", "start-after", "end-at", "end-before"}
    assert set(options) <= known, f"{path}: {set(options) - known} is not known here"
    for option in ("start-at", "start-after"):
        if option in options:
            first = _find(path, lines, options[option]) + (option == "start-after")
            lines = lines[first:]
    for option in ("end-at", "end-before"):
        if option in options:
            lines = lines[: _find(path, lines, options[option]) + (option == "end-at")]
    return "".join(lines)


def _find(path, lines, words):
    found = [number for number, line in enumerate(lines) if words in line]
    assert found, f"{path} has no line with {words!r}"
    return found[0]


def _commands(lines):
    """Return commands of ours as Python that runs them, a line a line."""
    called = [shlex.split(line) for line in lines.splitlines()]
    return "\n".join(
        f"assert run_command({words[1:]}) == 0"
        if words[:1] == ["sklearn-tagkd"]
        else ""
        for words in called
    )
