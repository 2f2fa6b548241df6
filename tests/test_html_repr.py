"""The diagram that a notebook shows of a fitted pipeline."""

import re
from importlib.metadata import metadata as real_metadata

import pytest
import sklearn
from conftest import fast
from sklearn.pipeline import Pipeline
from sklearn.utils.fixes import parse_version

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
)
from sklearn_tagkd.utils import doc_links

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
    return model._repr_html_()


def row(html, name):
    """Return the text of the table row that begins with a name."""
    plain = re.sub(r"<[^>]+>", " ", html)
    return re.search(rf"\b{name}\s+(\S+)\s+(\S+)", plain).groups()


def test_parameters_are_shown(html):
    plain = re.sub(r"<[^>]+>", " ", html)
    assert re.search(r"hidden_dim\s*=?\s*24\b", plain)  # a table since 1.7
    for name in ("LLMRationaleTransformer", "InterpreterGNN", "DistilledStudent"):
        assert name in html


@with_attributes
def test_fitted_attributes_and_usage_are_shown(html):
    assert row(html, "n_asked_") == ("int", "5")
    assert row(html, "n_requests_")[0] == "int"
    assert int(row(html, "n_requests_")[1]) >= 5
    assert row(html, "n_iter_") == ("int", "30")
    assert "FittedNetwork" in html


def test_links_lead_to_our_documentation(monkeypatch):
    step = LLMRationaleTransformer()

    def stated(*urls):
        class Stated:
            def get_all(self, name):
                assert name == "Project-URL"
                return list(urls) or None

        monkeypatch.setattr(doc_links, "metadata", lambda name: Stated())
        doc_links._home.cache_clear()

    stated("Source, https://a.test", "Documentation, https://docs.test/latest/")
    page = "https://docs.test/latest/api/sklearn_tagkd.rationale_transformer"
    assert step._get_doc_link() == f"{page}.LLMRationaleTransformer.html"
    assert f'href="{page}' in step._repr_html_()
    stated()  # no documentation: no link, and none to scikit-learn's
    assert step._get_doc_link() == ""
    assert "href=" not in step._repr_html_().replace("<link", "")
    doc_links._home.cache_clear()


def test_the_package_states_what_it_knows():
    doc_links._home.cache_clear()
    urls = real_metadata("sklearn-tagkd").get_all("Project-URL") or []
    assert bool(doc_links._home()) == any(u.startswith("Documentation,") for u in urls)
