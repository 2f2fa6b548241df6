"""What the documents name is there, and their links lead somewhere."""

import importlib
import inspect
import re
import runpy
from pathlib import Path

import pytest

import sklearn_tagkd

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/*/*.md")])
NAMED = re.compile(r"(tests/[\w/]+\.py)((?:(?:, )?::\w+)*)")
LINKED = re.compile(r"\]\((?!https?:|mailto:)([^)\s#]*)(#[^)\s]+)?\)")
ROLE = re.compile(r"\{(?:class|func|meth|mod)\}`~?(?:[^`<]*<)?([\w.]+)>?`")
TERM = re.compile(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`")


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


def anchors(page):
    """Return the anchors that MyST gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    dead = []
    for path, anchor in LINKED.findall(page.read_text(encoding="utf-8")):
        target = page.parent / path if path else page
        if not target.exists():
            dead.append(path)
        elif anchor and target.suffix == ".md" and anchor[1:] not in anchors(target):
            dead.append(path + anchor)
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_refers_to_is_there(page):
    text = page.read_text(encoding="utf-8")
    for name in ROLE.findall(text):
        home, *members = name.split(".")
        found = importlib.import_module(home)
        for member in members:
            path = f"{found.__name__}.{member}"
            found = getattr(found, member, None) or importlib.import_module(path)
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = set(
        re.findall(r"^(\w.*)$", glossary.split("```{glossary}")[1], re.MULTILINE)
    )
    used = {" ".join(term.split()) for term in TERM.findall(text)}
    assert used - terms == set()


# Parameters of other packages, or names that a method takes as they come.
NOT_OURS = {
    "backend",
    "default_label",
    "memory",
    "passthrough",
    "rationales",
    "raw_text",
    "recursive",
}


@pytest.fixture(scope="module")
def parameters():
    """Return the names of all parameters of what is public, and of its methods."""
    conf = runpy.run_path(str(ROOT / "docs" / "conf.py"))
    public = [
        conf["_find"](name)
        for task in conf["names_by_task"]().values()
        for name in task
    ]
    methods = [
        method
        for one in public
        if inspect.isclass(one)
        for name, method in inspect.getmembers(one, callable)
        if not name.startswith("__")
    ]
    called = [one for one in [*public, *methods] if callable(one)]
    return {name for one in called for name in _parameters(one)}


def _parameters(called):
    try:
        return inspect.signature(called).parameters
    except (TypeError, ValueError):  # of a built-in
        return ()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_parameters_that_a_page_names_exist(page, parameters):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    if page.stem in ("CHANGELOG", "in_the_wild"):  # these tell of what was, too
        return
    code = re.findall(r"(?<!\})`([^`\n]+)`", text)
    named = {
        name
        for one in code
        for name in re.findall(r"(?<![\w\]-])([a-z_]\w*)=(?!=)", one)
    }
    assert named - parameters - NOT_OURS == set()


def test_the_index_of_the_api_has_every_public_module_and_name():
    names = runpy.run_path(str(ROOT / "docs" / "conf.py"))["names_by_task"]()
    listed = {name for task in names.values() for name in task}
    homes = {name.rpartition(".")[0] for name in listed}
    for name in sklearn_tagkd.__all__:
        assert {f"sklearn_tagkd.{name}"} & (listed | homes), name


def test_the_map_of_the_house_has_every_room():
    package = Path(sklearn_tagkd.__file__).parent
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    drawn = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert {room for room in rooms if f"\n{room}/ " not in drawn} == set()
