import numpy as np
import pytest

from sklearn_tagkd import TextGraph
from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.learning.supervision import Supervision
from sklearn_tagkd.rationales import Rationale, check_rationales


def graph():
    plain = TextGraph(list("abcde"), [])
    answers = [Rationale(0, {"x": 0.8, "y": 0.2}), Rationale(3, {"y": 1.0})]
    return plain.annotated(rationales=check_rationales(answers, plain, ["x", "y"]))


def gather(view, y, source="both", hard=0.0, soft=1.0, true=1.0):
    if y is None:
        labels, known = np.empty(len(view)), np.zeros(len(view), bool)
    else:
        labels, known = labelled_rows(y, len(view))
    return Supervision.gather(
        view,
        labels,
        known,
        source=source,
        hard_weight=hard,
        soft_weight=soft,
        true_weight=true,
    )


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([0, -1, 2], [True, False, True]),
        (["a", "", "b"], [True, False, True]),
        (np.array(["a", -1, None], dtype=object), [True, False, False]),
        ([-1.0, 1.0, 2.0], [False, True, True]),
    ],
)
def test_unlabelled_rows(y, expected):
    assert labelled_rows(y, 3)[1].tolist() == expected


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 1], "y has 2 entries but X has 3 nodes"),
        (["a", "-1", "b"], "the string '-1'"),
        (["a", 1, "b"], "strings such as 'a' and a int such as 1"),
        ([0.5, 1.5, 2.0], "Unknown label type"),
    ],
)
def test_labels_that_are_none_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        labelled_rows(y, 3)


def test_label_free_learns_the_models_probabilities():
    learnt = gather(graph(), None)
    assert learnt.classes.tolist() == ["x", "y"]
    assert learnt.rows.tolist() == [0, 3]
    assert np.allclose(learnt.distributions, [[0.8, 0.2], [0, 1]])


def test_hard_and_soft_labels_mix_by_weight():
    learnt = gather(graph(), None, hard=3.0, soft=1.0)
    assert np.allclose(learnt.distributions[0], [0.95, 0.05])
    assert learnt.weights.tolist() == [4, 4]


def test_a_true_label_outweighs_the_model():
    learnt = gather(graph(), ["z", "", "", "", "x"], true=2.0)
    assert learnt.classes.tolist() == ["x", "y", "z"]
    assert learnt.rows.tolist() == [0, 4, 3]
    assert learnt.distributions.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert learnt.weights.tolist() == [2, 2, 1]


@pytest.mark.parametrize(("source", "rows"), [("llm", [0, 3]), ("y", [0, 4])])
def test_one_source_alone(source, rows):
    learnt = gather(graph(), ["z", "", "", "", "x"], source)
    assert learnt.rows.tolist() == rows


def test_answers_outside_the_view_are_not_learnt():
    assert gather(graph()[[1, 3]], None).rows.tolist() == [3]


def test_a_repeated_row_counts_twice():
    assert gather(graph()[[4, 4]], ["x", "x"]).rows.tolist() == [4, 4]


@pytest.mark.parametrize("source", ["both", "llm", "y"])
def test_nothing_to_learn_is_an_error(source):
    with pytest.raises(ValueError, match="nothing to learn from"):
        gather(graph()[[1, 2]], None, source)


def test_types_of_labels_must_agree():
    with pytest.raises(ValueError, match="y holds numbers such as 1, but the classes"):
        gather(graph(), [1, 2, -1, -1, -1])


def test_split_holds_a_share_out_of_enough_rows():
    many = gather(TextGraph(["t"] * 20, []), np.arange(20) % 2)
    kept, held = many.split(0.2, np.random.RandomState(0))
    assert len(held.rows) == 4
    assert sorted([*kept.rows, *held.rows]) == list(range(20))
    few = gather(graph(), None)
    assert few.split(0.2, np.random.RandomState(0)) == (few, None)
