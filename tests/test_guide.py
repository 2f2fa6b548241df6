"""The blocks of the pages run, and print what stands below them.

A page's blocks share one namespace and a folder, which is empty unless
`page_settings.py` says otherwise. ``...`` stands for what differs from machine to
machine.
"""

import contextlib
import doctest
import io
import re

import pytest

import sklearn_tagkd.llm.openai_client as openai_client
import sklearn_tagkd.nn.sentence_encoder as sentence_encoder
from sklearn_tagkd.commands.cli import main
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.llm.testing import LocalServer, recorded_answers
from sklearn_tagkd.rationales import read_answers
from tests.page_settings import SETTINGS
from tests.pages import DOCS, PAGES, ROOT, blocks

# Pages whose code cannot be run here, and the tests that run it where it can.
ELSEWHERE = {
    "serving": "tests/serving/test_behind_a_server.py",  # in a process without sockets
    "clusters": "tests/bulk/test_engines.py",  # on an engine, where one is installed
}
RUN = [p for p in PAGES if p.stem not in ELSEWHERE and any(True for _ in blocks(p))]
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture
def stranger(tmp_path, monkeypatch, docs):
    """Give a page a folder, a cache, and a server in OpenAI's place."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKLEARN_TAGKD_CACHE", str(tmp_path / "cache"))
    # The default encoder is a download, or minutes of work, away.
    monkeypatch.setattr(sentence_encoder, "load_model", lambda *_: HashingEncoder(384))
    monkeypatch.setattr(sentence_encoder, "model_key", lambda *_: f"of {tmp_path}")
    for file in DOCS.glob("guide/*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    answers, _ = read_answers(docs.answers)
    with LocalServer(recorded_answers(docs.graph, answers)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        monkeypatch.setattr(openai_client, "_LISTED", "127.0.0.1")
        yield


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page, stranger):
    given = {} if page.parent.stem == "guide" else SETTINGS.get(page.stem, dict)()
    namespace = {"__name__": "__main__", "run_command": main, **given}
    for block in blocks(page):
        printed = io.StringIO()
        # Errors name the line of the page.
        whole = compile("\n" * block.line + block.code, str(page), "exec")
        with contextlib.redirect_stdout(printed):
            exec(whole, namespace)
        if block.expected is not None:
            holds = doctest.OutputChecker().check_output(
                block.expected, printed.getvalue(), LENIENT
            )
            assert holds, f"{page.name}:{block.line} printed\n{printed.getvalue()}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_read(page):
    """A fence that is indented, or of another language, would not be run."""
    text = page.read_text(encoding="utf-8")
    fences = re.findall(r"^[ \t]*```.*$", text, re.MULTILINE)
    assert not any(fence.startswith((" ", "\t")) for fence in fences)
    kinds = {fence.removeprefix("```").split(" ")[0] for fence in fences[::2]}
    assert set(fences[1::2]) <= {"```"}
    code = {"python", "sh", "text", "{literalinclude}"}
    assert kinds <= code | {"{toctree}", "{glossary}", "{include}", "{raw}"}
    n_code = sum(text.count(f"```{kind}") for kind in ("python", "sh"))
    assert n_code == sum(block.is_here for block in blocks(page))


def test_pages_that_are_run():
    names = {page.stem for page in RUN}
    assert {"README", "first_graph", "llm", "commands", "trust", "bulk"} <= names
    assert set(SETTINGS) <= names
    assert {page.stem for page in PAGES} >= set(ELSEWHERE)
    assert all((ROOT / test).exists() for test in ELSEWHERE.values())


def test_a_page_that_says_something_else_is_told(tmp_path, stranger):
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md:1 printed\s+2"):
        test_a_page_does_what_it_says(page, None)
