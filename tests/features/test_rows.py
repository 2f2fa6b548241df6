"""Features of any size become rows of about unit length, and never NaN."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklearn_tagkd import TextGraph
from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.features import input_space
from sklearn_tagkd.features.rows import scale_rows, unit_scale
from sklearn_tagkd.nn.inputs import LARGEST
from sklearn_tagkd.nn.scaled_rows import ScaledRows
from tests.conftest import fast

ALL = slice(None)
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)
KINDS = [np.float16, np.float32, np.float64, np.int8, np.uint64, np.bool_]


@given(st.data(), st.sampled_from(KINDS))
def test_numbers_of_any_size_become_finite(data, dtype):
    shape = data.draw(SHAPES)
    finite = {"allow_nan": False, "allow_infinity": False}
    options = finite if np.dtype(dtype).kind == "f" else {}
    elements = hnp.from_dtype(np.dtype(dtype), **options)
    features = data.draw(hnp.arrays(dtype, shape, elements=elements))
    scale = unit_scale(features)
    assert 0 < scale < np.inf
    scaled = scale_rows(features, scale, ALL)
    assert np.isfinite(scaled).all()
    assert (np.sign(scaled) * np.sign(features.astype(float)) >= 0).all()
    if not features.any():
        assert scale == 1
    elif np.abs(features.astype(float)).max() > 1e-305:
        lengths = np.linalg.norm(scaled.astype(float), axis=1)
        assert lengths.mean() == pytest.approx(1, rel=1e-3)
    if dtype in (np.float16, np.float32):
        np.testing.assert_allclose(ScaledRows(features, scale)[:], scaled, rtol=1e-5)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e-45, 1e-30, 1e20, 1e200])
def test_the_unit_of_features_is_of_no_consequence(size):
    features = np.random.default_rng(0).normal(size=(50, 4))
    once = scale_rows(features, unit_scale(features), ALL)
    sized = features * size
    again = scale_rows(sized, unit_scale(sized), ALL)
    np.testing.assert_allclose(again, once, rtol=1e-6, atol=1e-6)


def test_ordinary_features_are_scaled_in_single_precision():
    features = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    scale = 1 / np.linalg.norm(features.astype(float), axis=1).mean()
    assert unit_scale(features) == pytest.approx(scale, rel=1e-12)
    expected = features * np.float32(scale)
    np.testing.assert_array_equal(scale_rows(features, scale, ALL), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e-45, 1e-42, 1e-38, 1e-20, 1, 1e19, 1e37])
@pytest.mark.parametrize("is_huge", [False, True])
def test_probabilities_are_never_nan(monkeypatch, dtype, size, is_huge):
    monkeypatch.setattr(input_space, "is_huge", lambda f: is_huge and f.itemsize == 4)
    random = np.random.default_rng(0)
    features = (random.normal(size=(60, 4)) * size).astype(dtype)
    y = np.arange(60) % 2
    features[:, 0] = (y * 3 - 1) * size
    graph = TextGraph(None, [(i, i + 2) for i in range(58)], features=features)
    for model in (GCNClassifier(**fast()), MLPClassifier(**fast())):
        found = model.fit(graph, y).predict_proba(graph)
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
        assert model.score(graph, y) > 0.8


def test_a_graph_of_another_unit_is_answered_all_the_same():
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 4))
    y = np.arange(60) % 2
    model = GCNClassifier(**fast()).fit(TextGraph(None, [(0, 1)], features=features), y)
    for size in (1e300, 1e30, 1e-300):
        other = TextGraph(None, [(0, 1)], features=features * size)
        found = model.predict_proba(other)
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    far = scale_rows(features * 1e300, unit_scale(features), ALL)
    assert np.abs(far).max() == np.float32(LARGEST)


@pytest.mark.parametrize("size", [1e-300, 1e-45, 1e-40, 1e38, 1e300])
def test_arrays_of_any_size_are_learnt_from(size):
    y = np.arange(60) % 2
    X = np.random.default_rng(0).normal(size=(60, 4)) * size
    X[:, 0] = (y * 3 - 1) * size
    model = MLPClassifier(**fast()).fit(X, y)
    assert model.score(X, y) > 0.8
    assert np.isfinite(model.predict_proba(X)).all()
