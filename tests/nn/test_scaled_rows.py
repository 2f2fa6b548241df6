"""Features that are read as they are needed, against features copied to memory."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from joblib import Parallel, delayed

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
)
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.nn.scaled_rows import RowReader, ScaledRows
from sklearn_tagkd.utils import large_arrays

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)


@st.composite
def arrays(draw):
    dtype = draw(st.sampled_from([np.float16, np.float32]))
    bits = 16 if dtype == np.float16 else 32
    finite = st.floats(-60_000, 60_000, width=bits)
    array = draw(hnp.arrays(dtype, draw(SHAPES), elements=finite))
    return np.asfortranarray(array) if draw(st.booleans()) else array


@given(arrays(), st.floats(2**-20, 2**20), st.data())
def test_any_part_is_that_of_the_scaled_array(array, scale, data):
    rows, whole = ScaledRows(array, scale), array.astype(np.float32) * np.float32(scale)
    assert rows.shape == whole.shape
    assert len(rows) == len(whole)
    nodes = data.draw(hnp.integer_array_indices((len(array),)))[0]
    chosen = data.draw(
        st.one_of(
            hnp.basic_indices(array.shape),
            hnp.integer_array_indices(array.shape[:1]),
            hnp.arrays(bool, array.shape[:1]),
            st.just((nodes, slice(0, 1))),
        )
    )
    part = rows[chosen]
    assert part.dtype == np.float32
    np.testing.assert_array_equal(part, whole[chosen])
    part[...] = -1  # nobody else's
    np.testing.assert_array_equal(np.asarray(rows), whole)
    wanted = torch.from_numpy(np.atleast_1d(nodes).ravel() % len(array))
    read = RowReader(rows, torch.device("cpu"))(wanted)
    np.testing.assert_array_equal(read, whole[wanted.numpy()])


def test_it_is_an_array_for_who_needs_one():
    rows = ScaledRows(np.eye(2, dtype=np.float16), 3)
    assert np.asarray(rows, dtype=np.float64).tolist() == [[3, 0], [0, 3]]
    assert np.concatenate([rows, rows]).dtype == np.float32
    with pytest.raises(ValueError, match="cannot but be copied"):
        np.array(rows, copy=False)
    assert repr(rows) == "ScaledRows(shape=(2, 2), scale=3)"


HALF = st.floats(width=16, allow_nan=False, allow_infinity=False)


@given(hnp.arrays(np.float16, SHAPES, elements=HALF))
def test_half_precision_of_any_size_stays_finite(array):
    graph = TextGraph(None, [], features=array)
    embedder = GraphEmbedder("hashing", "cpu", False)
    with np.errstate(all="raise"):
        scale = embedder.fit(graph).feature_scale
    rows = np.asarray(ScaledRows(array, scale))
    assert np.isfinite(rows).all()
    if array.any():
        assert np.linalg.norm(rows, axis=1).mean() == pytest.approx(1, rel=1e-4)


@pytest.fixture
def mapped(tmp_path):
    """Return a graph whose features are a read-only memory map, and its labels."""
    random = np.random.default_rng(0)
    target = np.arange(120) % 3
    values = np.eye(3, 40)[target] * 3 + random.normal(size=(120, 40))
    np.save(tmp_path / "features.npy", values.astype(np.float16))
    features = np.load(tmp_path / "features.npy", mmap_mode="r")
    edges = np.stack([np.arange(117), np.arange(3, 120)], axis=1)
    return TextGraph(None, edges, features=features), target


def fitted(make, graph, target, **options):
    model = make(random_state=0, progress=False, max_iter=20, **options)
    return model.fit(graph[:60], target[:60])


@pytest.mark.parametrize(
    "options",
    [
        {"backbone": "decoupled"},
        {"backbone": "decoupled", "consistency_weight": 1.0},
        {"backbone": "mlp"},
        {"backbone": "gcn"},
        {"backbone": "sage"},
        {"backbone": "gat"},
    ],
)
@pytest.mark.parametrize("make", [DistilledStudentClassifier, InterpreterGNNClassifier])
def test_a_fit_that_copies_no_features_is_the_same_fit(
    make, options, mapped, monkeypatch
):
    graph, target = mapped
    copied = fitted(make, graph, target, **options).predict_proba(graph)
    monkeypatch.setattr(large_arrays, "_LARGE", 0)
    anew = TextGraph(
        None, np.argwhere(graph.adjacency.toarray()), features=graph.features
    )
    model = fitted(make, anew, target, **options)
    assert isinstance(model._raw_inputs(anew).embeddings, ScaledRows)
    np.testing.assert_array_equal(model.predict_proba(anew), copied)


def test_a_fitted_model_holds_no_features(mapped, monkeypatch):
    monkeypatch.setattr(large_arrays, "_LARGE", 0)
    graph, target = mapped
    model = fitted(DistilledStudentClassifier, graph, target)
    whole = pickle.dumps(model)
    assert bytes(graph.features[:1]) not in whole
    again = pickle.loads(whole).predict_proba(graph)
    np.testing.assert_array_equal(again, model.predict_proba(graph))


def where_features_lie(graph):
    """Say what the array rests on, in a worker."""
    base = graph.parent.features
    while getattr(base, "base", None) is not None and not isinstance(base, np.memmap):
        base = base.base
    return getattr(base, "filename", None), base.dtype


def test_workers_map_the_same_file(mapped, tmp_path):
    graph, _ = mapped
    places = Parallel(2)(
        delayed(where_features_lie)(graph[start:]) for start in range(2)
    )
    assert {str(name) for name, _ in places} == {str(tmp_path / "features.npy")}
    assert {dtype for _, dtype in places} == {np.dtype(np.float16)}


@pytest.mark.parametrize("unit", [2.0**-60, 2.0**80])
def test_the_unit_of_features_is_of_no_consequence(mapped, unit):
    """Not even where the squares of their numbers are too large for float32."""
    graph, target = mapped
    edges = np.argwhere(graph.adjacency.toarray())
    features = graph.features.astype(np.float32)
    plain, other = (
        TextGraph(None, edges, features=values)
        for values in (features, features * np.float32(unit))
    )
    expected = fitted(DistilledStudentClassifier, plain, target).predict_proba(plain)
    found = fitted(DistilledStudentClassifier, other, target).predict_proba(other)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert expected.std() > 0.1
