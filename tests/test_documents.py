"""What the documents name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
NAMED = re.compile(r"(tests/[\w/]+\.py)((?:(?:, )?::\w+)*)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tests_that_a_page_names_exist(page):
    named = [
        (ROOT / path, name)
        for path, names in NAMED.findall(page.read_text(encoding="utf-8"))
        for name in re.findall(r"\w+", names) or [""]
    ]
    missing = [
        f"{file.relative_to(ROOT)}::{name}"
        for file, name in named
        if not file.exists()
        or (name and f"def {name}(" not in file.read_text(encoding="utf-8"))
    ]
    assert missing == []
