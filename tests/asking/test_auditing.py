"""A teacher is judged where it is asked, and a few labelled nodes help."""

import numpy as np
import pytest
from sklearn.base import clone

import sklearn_tagkd
from sklearn_tagkd import (
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
    datasets,
)
from sklearn_tagkd.asking.selection.node_map import map_nodes
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.rationales import Rationale
from tests.conftest import fast
from tests.llm.helpers import make_client


class Teacher:
    """Right about a share of the nodes; else it names the next class."""

    is_free = True

    def __init__(self, docs, right, seed=0):
        self.classes = docs.target_names
        named = docs.target.copy()
        wrong = np.random.default_rng(seed).random(len(named)) >= right
        order = {name: i for i, name in enumerate(self.classes)}
        named[wrong] = [
            self.classes[(order[label] + 1) % len(self.classes)]
            for label in named[wrong]
        ]
        self.named = dict(zip(docs.graph.node_ids.tolist(), named, strict=True))

    def ask(self, questions):
        return [Rationale(q.node, {str(self.named[q.node]): 1.0}) for q in questions]


@pytest.fixture(scope="module")
def docs():
    return datasets.load_docs()


def some_labels(docs, n_labels, seed=0):
    y = np.full(len(docs.graph), "", dtype=object)
    mine = np.random.default_rng(seed).permutation(len(y))[:n_labels]
    y[mine] = docs.target[mine]
    return y, mine


@pytest.mark.parametrize("n_labels", [0, 10, 100])
def test_a_transformer_says_how_right_its_teacher_is(docs, n_labels):
    y, _ = some_labels(docs, n_labels)
    told = []
    for right in (0.5, 0.95):
        step = LLMRationaleTransformer(Teacher(docs, right), max_nodes=200)
        assert "#" not in repr(step)
        step.fit(docs.graph, y if n_labels else None)
        audit = step.teacher_audit_
        share, low, high = audit.right
        assert low <= share <= high
        assert audit.source == ("labels" if n_labels else "cross-fitting")
        assert set(audit.of_class) <= set(docs.target_names)
        assert step.report_["teacher_right_percent"] == round(100 * share)
        assert step.report_["teacher_right_percent_at_most"] == round(100 * high)
        parameters, line = repr(step).rsplit("\n", 1)
        assert line == f"# {audit}"
        assert parameters == repr(clone(step))
        told.append(share)
    assert told[0] < 0.75 < told[1]


def test_too_few_answers_are_no_audit(docs):
    step = LLMRationaleTransformer(Teacher(docs, 0.9), max_nodes=15).fit(docs.graph)
    assert step.teacher_audit_ is None
    assert "teacher_right_percent" not in step.report_
    assert "\n#" not in repr(step)


@pytest.mark.parametrize("selection", ["auto", "random"])
def test_a_few_labelled_nodes_are_asked_about(docs, selection):
    y, mine = some_labels(docs, 12)
    step = LLMRationaleTransformer(
        Teacher(docs, 0.9), max_nodes=100, selection=selection
    )
    n_known = {}
    for n_audit in (None, 0, 5, 50):
        step.set_params(n_audit=n_audit).fit(docs.graph, y)
        assert step.n_asked_ == 100
        n_known[n_audit] = int(np.isin(mine, step.answered_rows_).sum())
    assert 10 <= n_known[None] <= 12
    assert n_known[0] < 5 <= n_known[5] < 10
    assert n_known[50] == 12
    again = clone(step).set_params(n_audit=None).fit(docs.graph, y)
    assert again.n_asked_ == len(step.questions(docs.graph, y)) == 100
    everyone = clone(again).fit(docs.graph, docs.target)
    nobody = clone(again).fit(docs.graph)
    assert np.array_equal(everyone.answered_rows_, nobody.answered_rows_)


def test_labels_are_not_shown_for_an_audit(docs, tmp_path):
    prompts = []

    def respond(messages, schema):
        prompts.append(messages[-1]["content"])
        name = docs.target_names[0]
        return {
            "explanation": "",
            "keywords": [],
            "neighbors": [],
            "label": name,
            "probabilities": [{"class": name, "probability": 1.0}],
        }

    y, _ = some_labels(docs, 30)
    with LocalServer(respond=respond) as server:
        client = make_client(server, tmp_path)
        step = LLMRationaleTransformer(
            client, docs.target_names, max_nodes=40, max_neighbors=0
        )
        with pytest.warns(UserWarning, match="name 1 of 16 classes"):
            step.fit(docs.graph, y)
        assert step.n_requests_ == server.log.n_requests == 40
    assert not [prompt for prompt in prompts if "<example>" in prompt]
    assert step.teacher_audit_.right[0] < 0.6


def test_an_audit_is_saved_with_its_step(toy, annotated, tmp_path):
    model = InterpreterGNNClassifier(**fast(max_iter=2)).fit(annotated)
    audit = model.teacher_audit_
    assert repr(model).endswith(f"\n# {audit}")
    path = tmp_path / "model.safetensors"
    sklearn_tagkd.save(model, path)
    loaded = sklearn_tagkd.load(path)
    assert repr(loaded.teacher_audit_) == repr(audit)
    assert repr(loaded) == repr(model)
    assert not [text for text in toy.graph.texts if text in repr(model)]


def test_texts_without_a_word_in_common_have_places_too():
    graph = TextGraph(["only this", "and that", "nothing"], [(0, 1)])
    assert map_nodes(graph, np.arange(3)) is not None


@pytest.mark.parametrize("selection", ["auto", "random", "pagerank"])
@pytest.mark.parametrize(("max_nodes", "n_audit"), [(4, 4), (20, 50), (20, 19)])
def test_a_round_may_be_of_labelled_nodes_alone(toy, selection, max_nodes, n_audit):
    y = np.where(np.arange(60) < 40, toy.target, "").astype(object)
    step = LLMRationaleTransformer(
        RecordedAnswers(toy.answers),
        max_nodes=max_nodes,
        n_audit=n_audit,
        selection=selection,
    ).fit(toy.graph, y)
    assert step.n_asked_ == max_nodes
    assert (step.answered_rows_ < 40).sum() >= 3
