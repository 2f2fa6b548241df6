"""A seed that shuffled a table does not undo that when it chooses nodes."""

import numpy as np
import pandas as pd
import pytest
from sklearn.utils import shuffle

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.asking.questions import build_questions, class_examples
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.learning.committee import held_out
from sklearn_tagkd.llm import RationaleClient
from sklearn_tagkd.rationales import Rationale
from sklearn_tagkd.utils.streams import private_stream

TABLE = pd.DataFrame(
    {
        "text": [f"t{i}" for i in range(1000)],
        "label": np.repeat(list("abcdefghij"), 100),
    }
)
SHUFFLES = {
    "sklearn": lambda seed: shuffle(TABLE, random_state=seed),
    "pandas": lambda seed: TABLE.sample(frac=1, random_state=seed),
    "numpy": lambda seed: TABLE.iloc[np.random.default_rng(seed).permutation(1000)],
    "sklearn, by one generator": lambda seed: shuffle(
        TABLE, random_state=np.random.RandomState(seed)
    ),
}


@pytest.mark.parametrize("seed", [0, 1, 42])
@pytest.mark.parametrize("mix", SHUFFLES.values(), ids=SHUFFLES)
def test_a_random_hundred_is_of_all_ten_classes(mix, seed):
    table = mix(seed)
    graph = TextGraph(table.text, [(0, 1)])
    step = LLMRationaleTransformer(
        lambda messages: "", list("abcdefghij"), max_nodes=100, random_state=seed
    )
    asked = graph.positions([q.node for q in step.questions(graph)])
    counts = table.label.iloc[asked].value_counts()
    assert len(counts) == 10
    assert counts.max() < 30


def test_examples_are_not_the_nodes_that_are_asked_about_first():
    graph = TextGraph([f"t{i}" for i in range(1000)], [])
    step = LLMRationaleTransformer(lambda messages: "", ["a", "b"], max_nodes=20)
    first = {question.node for question in step.questions(graph)}
    question = build_questions(graph, np.array([0]), {"a": ""}, 0)
    filled = class_examples(graph, question, dict.fromkeys(range(1000), "a"), 20)
    shown = {int(text[1:]) for text, _ in filled[0].examples}
    assert len(first & shown) < 5


def test_no_fold_of_a_committee_is_one_class(monkeypatch):
    # Classes in turn, shuffled: the ranks of the same seed would put them in order.
    labels = shuffle(np.arange(500) % 5, random_state=0)
    targets, rows = np.eye(5)[labels], np.eye(5)[labels]
    kept = []

    def fit(rows, targets, *args, **kwargs):
        kept.append(targets.sum(axis=0))
        return np.zeros((6, 5))

    monkeypatch.setattr(held_out, "fit_softmax", fit)
    monkeypatch.setattr(
        held_out, "predict_softmax", lambda r, f: np.full((len(r), 5), 0.2)
    )
    held_out.held_out_predictions(rows, targets, 1.0)
    assert np.min(kept) > 60


def test_streams_differ_by_seed_and_purpose_and_repeat():
    def draw(random_state, purpose="a"):
        return private_stream(random_state, purpose).permutation(50).tolist()

    assert draw(0) == draw(0) == draw(np.int64(0))
    assert draw(0) != draw(1)
    assert draw(0) != draw(0, "b")
    assert draw(0) != np.random.RandomState(0).permutation(50).tolist()
    assert draw(None) != draw(None)
    one = np.random.RandomState(3)
    assert draw(one) != draw(one)  # an instance moves on
    assert draw(np.random.RandomState(3)) == draw(np.random.RandomState(3))


class Says(RationaleClient):
    def __init__(self, labels):
        self.labels = labels

    def ask(self, questions):
        return [Rationale(q.node, {self.labels[q.node]: 1.0}) for q in questions]


def fit(labels, classes):
    graph = TextGraph([f"t{i}" for i in range(len(labels))], [])
    return LLMRationaleTransformer(Says(labels), classes).fit(graph)


@pytest.mark.parametrize(
    ("labels", "classes", "says"),
    [
        (
            ["a"] * 100,
            list("abcdefghij"),
            r"100 answers name 1 of 10 classes \(\['a'\]\)",
        ),
        (["a"] * 90 + list("bcd") * 3, list("abcdefghij"), "name 4 of 10 classes"),
        (["a"] * 10, ["a", "b"], "10 answers name 1 of 2 classes"),
    ],
)
def test_answers_that_cover_few_classes_are_told(labels, classes, says):
    with pytest.warns(RationaleWarning, match=says):
        fit(labels, classes)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["a"] * 5, list("abcdefghij")),  # chance
        (["a"] * 20, ["a"]),
        (["a"] * 95 + list("bcdef"), list("abcdefghij")),  # rare ones are there
    ],
)
def test_few_answers_and_rare_classes_are_no_reason_to_warn(labels, classes):
    assert fit(labels, classes).n_answered_ == len(labels)
