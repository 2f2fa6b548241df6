"""Some of many places are spread over all of them, and follow no order of theirs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_tagkd.utils.spread_places import spread_places


@given(st.integers(0, 5000), st.integers(1, 300))
def test_one_of_each_stretch(n_places, most):
    places = spread_places(n_places, most)
    if n_places <= most:
        assert_array_equal(places, np.arange(n_places))
        return
    step = -(-n_places // most)
    assert_array_equal(places // step, np.arange(-(-n_places // step)))
    assert most / 2 < len(places) <= most
    assert places.min() >= 0
    assert places.max() < n_places
    assert_array_equal(places, spread_places(n_places, most))


@given(st.integers(2, 12), st.integers(2, 40))
def test_nodes_of_classes_in_turn_are_of_every_class(n_classes, n_turns):
    n_nodes = 100 * n_classes * n_turns
    seen = np.bincount(spread_places(n_nodes, 400) % n_classes, minlength=n_classes)
    assert seen.min() > 0.3 * seen.mean()
