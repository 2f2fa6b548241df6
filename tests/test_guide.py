"""The blocks of the guide and of the README run, and print what stands below them.

A page's ```python blocks share one namespace and an empty folder; commands of ours in
```sh blocks are run there too. A ```text block that follows is what they print, with
``...`` for what differs from machine to machine.
"""

import contextlib
import doctest
import io
import re
import shlex
from itertools import zip_longest
from pathlib import Path

import pytest

import sklearn_tagkd.llm.openai_client as openai_client
import sklearn_tagkd.nn.sentence_encoder as sentence_encoder
from sklearn_tagkd import TextGraph
from sklearn_tagkd.commands.cli import main
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.llm import OpenAIClient
from sklearn_tagkd.llm.testing import LocalServer, recorded_answers
from sklearn_tagkd.rationales import read_answers

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "guide"
PAGES = [ROOT / "README.md", *sorted(GUIDE.glob("*.md")), ROOT / "docs" / "llm.md"]
BLOCK = re.compile(r"^```(python|sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture
def stranger(tmp_path, monkeypatch, docs):
    """Give a page a folder, a cache, and a server in OpenAI's place."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKLEARN_TAGKD_CACHE", str(tmp_path / "cache"))
    # The default encoder is a download, or minutes of work, away.
    monkeypatch.setattr(sentence_encoder, "load_model", lambda *_: HashingEncoder(384))
    monkeypatch.setattr(sentence_encoder, "model_key", lambda *_: f"of {tmp_path}")
    for file in GUIDE.glob("*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    answers, _ = read_answers(docs.answers)
    with LocalServer(recorded_answers(docs.graph, answers)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        monkeypatch.setattr(openai_client, "_LISTED", "127.0.0.1")
        yield


def steps(page):
    """Yield the code of a page, its first line, and what it is said to print."""
    text = page.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    for block, following in zip_longest(blocks, blocks[1:]):
        if block[1] == "text":
            continue
        said = following is not None and following[1] == "text"
        between = text[block.end() : following.start()] if said else "some words"
        expected = following[2] if said and not between.strip() else None
        code = block[2] if block[1] == "python" else called(block[2])
        yield code, text.count("\n", 0, block.start()) + 1, expected


def called(lines):
    """Return commands of ours as Python that runs them, a line a line."""
    ours = [shlex.split(line) for line in lines.splitlines()]
    return "\n".join(
        f"assert run_command({words[1:]}) == 0"
        if words[:1] == ["sklearn-tagkd"]
        else ""
        for words in ours
    )


def given(page):
    """Return what a page to look things up in takes for granted."""
    if page.stem != "llm":
        return {}
    texts = [f"on the {n}th theorem, a rule and a proof" for n in range(60)]
    names = ("llm", "client", "cheap", "strong")
    asked = {name: OpenAIClient("gpt-4o-mini") for name in names}
    return {"graph": TextGraph(texts, []), "classes": ["proofs", "rules"], **asked}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page, stranger):
    namespace = {"__name__": "__main__", "run_command": main, **given(page)}
    for code, line, expected in steps(page):
        printed = io.StringIO()
        whole = compile("\n" * line + code, str(page), "exec")  # errors name the line
        with contextlib.redirect_stdout(printed):
            exec(whole, namespace)
        if expected is not None:
            holds = doctest.OutputChecker().check_output(
                expected, printed.getvalue(), LENIENT
            )
            assert holds, f"{page.name}:{line} printed\n{printed.getvalue()}"


def test_every_block_is_read():
    """A fence that is indented, or of another language, would not be run."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        fences = re.findall(r"^[ \t]*```[ \t]*\w+", text, re.MULTILINE)
        languages = {fence.strip("` \t") for fence in fences}
        assert languages <= {"python", "text", "sh", "json"}, page
        n_run = text.count("```python") + text.count("```sh")
        assert n_run == sum(1 for _ in steps(page)), page


def test_a_page_that_says_something_else_is_told(tmp_path, stranger):
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md:1 printed\s+2"):
        test_a_page_does_what_it_says(page, None)
