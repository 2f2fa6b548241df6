"""The diagram that a notebook shows of a fitted pipeline."""

import re
import runpy
from importlib.metadata import metadata as real_metadata
from pathlib import Path

import pytest
import sklearn
from sklearn.pipeline import Pipeline
from sklearn.utils.fixes import parse_version

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
)
from sklearn_tagkd.estimators import doc_links
from tests.conftest import ESTIMATORS, fast

with_attributes = pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"),
    reason="fitted attributes are shown since scikit-learn 1.9",
)


def says_music(messages):
    return '{"label": "music", "probabilities": {"music": 1.0}}'


@pytest.fixture(scope="module")
def html(toy):
    classes = ["cooking", "music", "space"]
    step = LLMRationaleTransformer(says_music, classes, max_nodes=5)
    model = Pipeline(
        [
            ("rationales", step),
            ("interpreter", InterpreterGNNClassifier(**fast(hidden_dim=24))),
            ("student", DistilledStudentClassifier(**fast(hidden_dim=24))),
        ]
    ).fit(toy.graph, toy.target)
    assert step.n_requests_ >= 5
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKLEARN_TAGKD_DOCS", "http://localhost:8000")
        return model._repr_html_()


def plain(html):
    """Return the text, without that of tooltips."""
    seen = re.sub(
        r'<span class="param-doc-description".*?</span>', "", html, flags=re.S
    )
    return re.sub(r"<[^>]+>", " ", seen)


def row(html, name):
    """Return the text of the table row that begins with a name."""
    return re.search(rf"\b{name}\s+(\S+)\s+(\S+)", plain(html)).groups()


def test_parameters_are_shown(html):
    assert re.search(r"hidden_dim\s*=?\s*24\b", plain(html))  # a table since 1.7
    for name in ("LLMRationaleTransformer", "InterpreterGNN", "DistilledStudent"):
        assert name in html
        assert f'href="http://localhost:8000/api/sklearn_tagkd.{name}' in html


@with_attributes
def test_fitted_attributes_and_usage_are_shown(html):
    assert row(html, "n_asked_") == ("int", "5")
    assert row(html, "n_requests_")[0] == "int"
    assert int(row(html, "n_requests_")[1]) >= 5
    assert row(html, "n_iter_") == ("int", "30")
    assert "FittedNetwork" in html
    assert "n_asked_: int<br><br>Nodes that were asked about." in html  # a tooltip


@pytest.fixture
def stated(monkeypatch, tmp_path):
    """State where the documentation is, in each of the three ways."""

    def state(*, urls=(), variable="", built=()):
        class Stated:
            def get_all(self, name):
                assert name == "Project-URL"
                return list(urls) or None

        monkeypatch.setenv("SKLEARN_TAGKD_DOCS", variable)
        monkeypatch.setattr(doc_links, "metadata", lambda name: Stated())
        monkeypatch.setattr(doc_links, "_BUILT_DOCS", tmp_path)
        for page in built:
            (tmp_path / page).parent.mkdir(exist_ok=True)
            (tmp_path / page).touch()
        doc_links._project_url.cache_clear()
        return tmp_path.as_uri()

    yield state
    doc_links._project_url.cache_clear()


STEP_PAGE = "api/sklearn_tagkd.LLMRationaleTransformer.html"


def test_links_lead_to_our_documentation(stated):
    step = LLMRationaleTransformer()
    stated()  # no documentation: no link, and none to scikit-learn's
    assert step._get_doc_link() == ""
    assert "href=" not in step._repr_html_().replace("<link", "")
    urls = ["Source, https://a.test", "Documentation, https://docs.test/latest/"]
    stated(urls=urls)
    assert step._get_doc_link() == f"https://docs.test/latest/{STEP_PAGE}"
    built = stated(urls=urls, built=[STEP_PAGE])
    assert step._get_doc_link() == f"{built}/{STEP_PAGE}"
    assert f'href="{built}/{STEP_PAGE}' in step._repr_html_()
    # A page that is newer than what was built.
    student = DistilledStudentClassifier()._get_doc_link()
    assert student.startswith("https://docs.test/latest/api/sklearn_tagkd.Distilled")
    stated(urls=urls, built=[STEP_PAGE], variable="http://localhost:8000/")
    assert step._get_doc_link() == f"http://localhost:8000/{STEP_PAGE}"


def test_a_subclass_of_someone_else_has_no_page_of_ours(stated):
    stated(variable="http://localhost:8000")

    class Theirs(LLMRationaleTransformer):
        __module__ = "theirs"

    assert Theirs()._get_doc_link() == ""


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_every_link_has_a_page(estimator, stated):
    stated(variable="http://localhost:8000")
    page = estimator._get_doc_link().removeprefix("http://localhost:8000/api/")
    index = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "conf.py"))
    name = page.removesuffix(".html")
    assert any(name in listed for listed in index["names_by_task"]().values())
    assert index["_find"](name) is type(estimator)


def test_the_package_states_what_it_knows(monkeypatch):
    doc_links._project_url.cache_clear()
    urls = real_metadata("sklearn-tagkd").get_all("Project-URL") or []
    says = any(url.startswith("Documentation,") for url in urls)
    assert bool(doc_links._project_url()) == says
