"""Neighbours passed over weigh less: in memory, and in a file, to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from sklearn_tagkd.bulk import row_files
from sklearn_tagkd.bulk.row_files import weighed_links, write_weakened
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import KeyNeighbor, Rationale, check_rationales
from sklearn_tagkd.rationales.passed_over import PassedOver, without

N = 12


def drawn(seed):
    """Return links as they are received, and answers about some of their ends."""
    random = np.random.default_rng(seed)
    dense = (random.random((N, N)) < 0.4) * random.uniform(0.1, 3, (N, N))
    np.fill_diagonal(dense, 0)
    links = csr_array(dense.astype(np.float32))
    edges = np.argwhere(dense + dense.T)
    graph = TextGraph(["a text"] * N, edges)
    records = []
    for node in range(0, N, 2):
        near = graph.adjacency.indices[slice(*graph.adjacency.indptr[node : node + 2])]
        shown = random.permutation(near)[:4].tolist()
        key = tuple(KeyNeighbor(other) for other in shown[: random.integers(3)])
        records.append(Rationale(node, {"x": 1.0}, tuple(shown), (), key))
    return links, check_rationales(records, graph, ["x", "y"])


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    weight=st.sampled_from([0, 0.0, 1e-9, 0.3, 1 - 1e-9, 1, 1.0]),
    at_once=st.integers(1, 50),
)
def test_a_file_holds_what_memory_does(seed, weight, at_once, tmp_path_factory):
    links, table = drawn(seed)
    over = PassedOver.find(links, table, weight)
    kept = without(links, over)
    expected = links.toarray()
    for row, sender in zip(*table.passed_over, strict=True):
        if row in table.key_row:
            given_ = expected[table.positions[row], sender]
            less = given_ - np.float32(1 - weight) * given_
            expected[table.positions[row], sender] = less
    np.testing.assert_array_equal(kept.toarray(), expected)
    assert kept.data.all() or weight == 1
    assert kept.has_sorted_indices
    path = tmp_path_factory.mktemp("links") / "weights.npy"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_files, "_LINKS", at_once)
        write_weakened(links, over, path)
    np.testing.assert_array_equal(weighed_links(links, path).toarray(), expected)
    np.testing.assert_array_equal(over.cells, np.unique(over.cells))
