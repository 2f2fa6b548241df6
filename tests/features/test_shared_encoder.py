"""An encoder of one's own embeds every text once, however often it is cloned."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import scipy.sparse
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV

from sklearn_tagkd import TextGraph
from sklearn_tagkd.baselines import GCNClassifier
from sklearn_tagkd.features.encoding import embed_texts
from sklearn_tagkd.features.encoding.encoders import encode_checked, resolve_encoder
from sklearn_tagkd.features.input_space import GraphEmbedder
from tests.conftest import fast


class Counting:
    n_texts = n_copies = 0

    def __deepcopy__(self, memo):
        Counting.n_copies += 1
        return Counting()

    def encode(self, texts):
        Counting.n_texts += len(texts)
        return [[len(text), text.count("o"), 1.0] for text in texts]


def test_a_search_embeds_each_text_once(toy, monkeypatch):
    monkeypatch.setattr(Counting, "n_texts", 0)
    monkeypatch.setattr(Counting, "n_copies", 0)
    GridSearchCV(
        GCNClassifier(**fast(encoder=Counting(), max_iter=3)),
        {"hidden_dim": [8, 16]},
        cv=3,
    ).fit(toy.graph, toy.target)
    assert (Counting.n_texts, Counting.n_copies) == (len(set(toy.graph.texts)), 0)


class Tunable(BaseEstimator):
    def __init__(self, width=2):
        self.width = width

    def encode(self, texts):
        return np.ones((len(texts), self.width))


def test_an_encoder_whose_parameters_can_be_searched_is_cloned():
    model = GCNClassifier(encoder=Tunable())
    other = clone(model).set_params(encoder__width=5)
    assert model.encoder.width == 2
    assert other.encoder.width == 5


@dataclass
class Unhashable:
    seen: list = field(default_factory=list)

    def encode(self, texts):
        self.seen += texts
        return np.ones((len(texts), 2))


def test_an_encoder_that_has_no_hash_is_remembered_too():
    one, other = Unhashable(), Unhashable()
    for _ in range(2):
        embed_texts(["a", "b"], one)
    assert one.seen == ["b", "a"] or one.seen == ["a", "b"]
    embed_texts(["a"], other)  # equal at first, and yet another one
    assert other.seen == ["a"]


def test_an_encoder_that_is_gone_is_not_taken_for_the_next_one():
    """Python gives the next object the same id."""

    @dataclass
    class Scaling:  # has no hash
        factor: float

        def encode(self, texts):
            return [[self.factor * len(text), 1.0] for text in texts]

    graph = TextGraph(["a", "aaa"], [(0, 1)])
    for factor in range(1, 20):
        space = GraphEmbedder(Scaling(factor), "cpu", False).fit(graph)
        assert space.text_center.tolist() == [2 * factor, 1]
        del space


ROWS = [[1.0, 2.0], [3.0, 4.0]]
OUTPUTS = {
    "list": ROWS,
    "float64": np.array(ROWS),
    "objects": np.array(ROWS, dtype=object),
    "tensor": torch.tensor(ROWS),
    "with a gradient": torch.tensor(ROWS, requires_grad=True),
    "bfloat16": torch.tensor(ROWS, dtype=torch.bfloat16),
    "list of bfloat16": list(torch.tensor(ROWS, dtype=torch.bfloat16)),
    "list with gradients": list(torch.tensor(ROWS, requires_grad=True)),
    "sparse tensor": torch.tensor(ROWS).to_sparse(),
    "csr_array": scipy.sparse.csr_array(ROWS),
    "coo_matrix": scipy.sparse.coo_matrix(ROWS),
}


class Gives:
    def __init__(self, value):
        self.value = value

    def encode(self, texts):
        return self.value


@pytest.mark.parametrize("value", OUTPUTS.values(), ids=OUTPUTS)
def test_numbers_come_in_many_forms(value):
    found = encode_checked(Gives(value), ["a", "b"])
    assert type(found) is np.ndarray
    assert found.dtype == np.float32
    assert found.tolist() == ROWS


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"dense": ROWS}, "Gives.encode gave a dict that is no array"),
        (None, "gave a NoneType"),
        ("text", "gave a str"),
        ((row for row in ROWS), "gave a generator"),
        (np.array(ROWS, dtype=complex), "no array of real numbers"),
        (torch.tensor(ROWS, dtype=torch.complex64), "no array of real numbers"),
        ([["secret", "b"]] * 2, "gave a list that is no array"),
        ([[10**400, 1]] * 2, "no array of real numbers"),
        ([[1.0], [1.0, 2.0]], r"rows of different shapes, such as \(1,\) and \(2,\)"),
        (np.ones((2, 0)), r"shape \(2, 0\) for 2 texts"),
        (np.ones(2), r"shape \(2,\) for 2 texts"),
        (np.full((2, 2), 1e300), "not finite, or too large for float32"),
        (np.ma.masked_array(ROWS, mask=[[0, 1], [0, 0]]), "not finite"),
    ],
)
def test_what_is_no_matrix_is_told(value, says):
    with pytest.raises((TypeError, ValueError), match=says) as caught:
        encode_checked(Gives(value), ["a", "b"])
    assert "secret" not in str(caught.value)


def test_a_class_is_no_encoder():
    with pytest.raises(
        TypeError, match=r"encoder is the class Tunable: give an object"
    ):
        resolve_encoder(Tunable)
