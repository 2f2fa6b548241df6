"""An extra that a message names can be installed."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"asking_for\(\s*\"(\w+)\"|pip install 'sklearn-tagkd\[(\w+)\]")


def test_extras_that_messages_name_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = {
        asked or told
        for path in (ROOT / "sklearn_tagkd").rglob("*.py")
        for asked, told in NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert {"train", "parquet"} <= named
    named.discard("extra")  # stands for any, in a docstring
    assert named <= set(project["project"]["optional-dependencies"])
