import json

import numpy as np
import scipy
import sklearn

from sklearn_tagkd import datasets
from sklearn_tagkd.datasets.docs import _mentions, _resolve, _sections, _text
from sklearn_tagkd.rationales import (
    check_profiles,
    check_rationales,
    read_answers,
    read_profiles,
)

DOCSTRING = """fun(a, b)
Do things.

Longer, with ``Other`` and `~scipy.stats.norm`.

See Also
--------
third, fourth : for the fifth.

Notes
-----
A note.

Examples
--------
>>> fun(1, 2)
"""


def test_a_text_is_the_docstring_without_what_is_left_out():
    assert [title for title, _ in _sections(DOCSTRING)] == [
        "",
        "See Also",
        "Notes",
        "Examples",
    ]
    text = "Do things. Longer, with ``Other`` and `~scipy.stats.norm`. Notes A note."
    assert _text(DOCSTRING) == text
    assert len(_text("word " * 500).split()) == 200


def test_mentions_are_in_backticks_or_see_also():
    found = {"Other", "scipy.stats.norm", "third", "fourth", "for", "the", "fifth"}
    assert _mentions(DOCSTRING) == found


def test_a_name_of_several_modules_counts_within_the_same_one():
    nodes = dict.fromkeys(["a.x.f1", "a.y.f1", "a.x.g1", "scipy.x.h"], "")
    bearers = {"f1": ["a.x.f1", "a.y.f1"], "g1": ["a.x.g1"]}
    assert _resolve("f1", "a.x.g1", nodes, bearers) == ["a.x.f1"]
    assert _resolve("f1", "a.z.q", nodes, bearers) == []
    assert _resolve("g1", "a.y.f1", nodes, bearers) == ["a.x.g1"]
    assert _resolve("numpy.g1", "a.y.f1", nodes, bearers) == []
    assert _resolve("x.h", "a.y.f1", nodes, bearers) == ["scipy.x.h"]


def test_the_graph_is_what_it_is_said_to_be(docs):
    ids, target = docs.graph.node_ids, docs.target
    assert [i.rpartition(".")[0] for i in ids] == target.tolist()
    assert docs.target_names == sorted(set(target))
    assert len(docs.target_names) == 16
    assert all(0 < len(text.split()) <= 200 for text in docs.graph.texts)
    if (scipy.__version__, sklearn.__version__) == ("1.17.1", "1.9.1"):
        assert len(docs.graph) == 1494
        assert docs.graph.report.n_links == 2809
        assert docs.graph.report.isolated_nodes == 245
        cells = docs.graph.adjacency.tocoo()
        homophily = (target[cells.row] == target[cells.col]).mean()
        assert round(homophily, 2) == 0.79


def test_the_recorded_answers_fit_the_graph(docs):
    answers, malformed = read_answers(docs.answers)
    table = check_rationales(answers, docs.graph, docs.target_names)
    assert malformed == {}
    assert len(answers) == 320
    assert len(table) > 250  # other versions lose a few
    best = table.classes[table.probabilities.argmax(axis=1)]
    assert (best == docs.target[table.positions]).all()
    if (scipy.__version__, sklearn.__version__) == ("1.17.1", "1.9.1"):
        assert table.report == {}


def test_two_loads_are_equal(docs):
    again = datasets.load_docs()
    assert (again.graph.node_ids == docs.graph.node_ids).all()
    assert (again.graph.adjacency != docs.graph.adjacency).nnz == 0


def test_the_packaged_answers_are_those_recorded(docs, shared_data):
    recorded = (shared_data / "docs" / "answers.jsonl").read_text()
    assert docs.answers.read_text() == recorded
    assert all(json.loads(line) for line in recorded.splitlines())
    assert isinstance(docs.target, np.ndarray)


def test_class_profiles_come_with_the_graph():
    docs = datasets.load_docs()
    profiles = read_profiles(docs.class_profiles)
    assert sorted(profile.name for profile in profiles) == docs.target_names
    table = check_profiles(profiles, docs.target_names)
    assert not table.report
    assert len(table.labelled_documents()[0]) == 160
