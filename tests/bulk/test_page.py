"""The page about graphs in folders says what works."""

import re
from pathlib import Path

import pytest

from sklearn_tagkd import bulk

PAGE = Path(__file__).parents[2] / "docs" / "bulk.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.skipif(not PAGE.is_file(), reason="the documents are not at hand")
def test_its_blocks_run_one_after_the_other(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    page = PAGE.read_text(encoding="utf-8")
    code = "\n".join(BLOCK.findall(page))
    exec(compile(code, str(PAGE), "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith("2 0 0\n")
    for label in ("sport", "politics"):
        assert printed.count(label) == 2
    assert all(f"`{name}" in page for name in bulk.__all__)
