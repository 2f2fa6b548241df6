import numpy as np
import pytest
from scipy.sparse import csr_array

from sklearn_tagkd.nn.links.label_propagation import (
    correct_and_smooth,
    propagate_labels,
)


@pytest.fixture
def two_paths():
    """0 - 1 - 2 and 3 - 4, and 5 without a link."""
    dense = np.zeros((6, 6), dtype=np.float32)
    for a, b in [(0, 1), (1, 2), (3, 4)]:
        dense[a, b] = dense[b, a] = 1
    return csr_array(dense)


def test_labels_spread_over_links_and_no_farther(two_paths):
    given = np.array([[0.9, 0.1, 0.0], [0.0, 0.2, 0.8]])
    spread = propagate_labels(two_paths, np.array([0, 3]), given)
    np.testing.assert_allclose(spread.sum(axis=1), 1)
    np.testing.assert_allclose(spread[[1, 2]], [given[0]] * 2, atol=1e-5)
    np.testing.assert_allclose(spread[4], given[1], atol=1e-5)
    np.testing.assert_allclose(spread[5], given.mean(axis=0))


def test_errors_are_corrected_along_links(two_paths):
    unsure = np.full((6, 2), 0.5)
    unsure[5] = [0.3, 0.7]
    spread = correct_and_smooth(two_paths, np.array([0, 3]), np.eye(2), unsure)
    np.testing.assert_allclose(spread.sum(axis=1), 1)
    assert spread[[1, 2], 0].min() > 0.8
    assert spread[4, 1] > 0.8
    np.testing.assert_allclose(spread[5], unsure[5])
