"""No code stands twice in the README, the pages, the examples and what they show.

A page that needs an example's code includes it, or says where it is. Counted are runs
of four lines. Imports are not: a page begins with its own. Neither are brackets alone.
"""

import re
from collections import defaultdict

import pytest

from tests.pages import DOCS, PAGES, ROOT, blocks

SHORTEST = 4  # lines that make a copy
SOURCES = [
    *PAGES,
    *sorted(DOCS.glob("examples/*.py")),
    *sorted(DOCS.glob("serving/*.py")),
]


def lines_of_code(text):
    """Return lines that say something, with their numbers from 0."""
    kept, is_import = [], False
    for number, line in enumerate(text.splitlines()):
        words = line.split("#")[0].strip() if '"' not in line else line.strip()
        if is_import or re.match(r"(from|import) ", words):
            is_import = (is_import or words.endswith("(")) and words != ")"
        elif words.strip("()[]{},"):
            kept.append((number, words))
    return kept


def pieces(path):
    """Yield code that stands in a file itself, and the line on which it begins."""
    if path.suffix == ".py":
        yield path.read_text(encoding="utf-8"), 1
        return
    for block in blocks(path):
        if block.is_here:
            yield block.code, block.line + 1


def copies(sources):
    """Return runs of lines that stand in more than one place: the lines, and where."""
    places = defaultdict(set)
    for path in sources:
        for code, start in pieces(path):
            lines = lines_of_code(code)
            for first in range(len(lines) - SHORTEST + 1):
                run = tuple(words for _, words in lines[first : first + SHORTEST])
                name = (
                    path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
                )
                places[run].add(f"{name}:{start + lines[first][0]}")
    return {run: sorted(where) for run, where in places.items() if len(where) > 1}


def test_no_code_stands_twice():
    told = [
        "\n    ".join([" and ".join(where), *run])
        for run, where in copies(SOURCES).items()
    ]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("n_lines", [SHORTEST - 1, SHORTEST])
def test_a_copy_is_found_from_four_lines_on(tmp_path, n_lines):
    copied = "\n".join(f"x{number} = call({number})" for number in range(n_lines))
    (tmp_path / "a.py").write_text(f"import one\n{copied}\n")
    block = f"from two import (\n    three,\n)\n\n{copied}\n"
    (tmp_path / "b.md").write_text(f"```python\n{block}```\n")
    found = copies([tmp_path / "a.py", tmp_path / "b.md"])
    assert bool(found) == (n_lines == SHORTEST)
    assert all(where == ["a.py:2", "b.md:6"] for where in found.values())
