import pickle

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing, resample

from sklearn_tagkd import TextGraph

N = 7


def seven(**options) -> TextGraph:
    return TextGraph(
        [f"text {i}" for i in range(N)],
        [(i, (i + 1) % N) for i in range(N)],
        features=np.arange(2.0 * N).reshape(N, 2),
        **options,
    )


rows = st.lists(st.integers(-N, N - 1), max_size=12)


@given(rows, rows)
def test_views_of_views_compose(first, second):
    graph = seven()
    second = [r for r in second if -len(first) <= r < len(first)]
    view = graph[first][second]
    expected = np.arange(N)[first][second] if first and second else []
    assert view.rows.tolist() == list(expected)
    assert view.texts == [f"text {r}" for r in expected]
    assert view.features.tolist() == graph.features[list(expected)].tolist()
    assert view.shape == (len(second), 2)
    assert len(view) == len(second)


@pytest.mark.parametrize(
    "key",
    [[4, 1, 1], np.array([4, 1, 1]), (np.array([4, 1, 1]), Ellipsis)],
)
def test_integer_rows_keep_order_and_duplicates(key):
    assert seven()[key].node_ids.tolist() == [4, 1, 1]


def test_masks_and_slices():
    graph = seven()
    assert graph[np.arange(N) > 4].rows.tolist() == [5, 6]
    assert graph[1:6:2].rows.tolist() == [1, 3, 5]


@pytest.mark.parametrize("key", [3, np.int64(3), "a", (0, 1), (slice(None), 0), ["a"]])
def test_anything_but_rows_is_refused_with_the_remedy(key):
    with pytest.raises(TypeError, match=r"graph\.parent\[graph\.positions\(ids\)\]"):
        seven()[key]


@pytest.mark.parametrize("key", [[7], [-8], np.ones(3, dtype=bool)])
def test_rows_out_of_range(key):
    with pytest.raises(IndexError):
        seven()[key]


def test_scikit_learn_indexes_it_as_it_indexes_arrays():
    graph = seven()
    assert _safe_indexing(graph, [2, 0]).rows.tolist() == [2, 0]
    train, test = train_test_split(graph, test_size=2, random_state=0)
    assert sorted([*train.rows, *test.rows]) == list(range(N))
    assert len(resample(graph, random_state=0)) == N


def test_it_never_becomes_an_array_by_accident():
    with pytest.raises(TypeError, match=r"graph\.features"):
        np.asarray(seven())
    with pytest.raises(TypeError, match="not iterable"):
        list(seven())


def test_repr_is_one_line_of_sizes():
    assert repr(seven()) == "TextGraph(nodes=7, links=7, features=2)"
    assert repr(seven()[:2]) == "TextGraph(nodes=2 of 7, links=7, features=2)"
    assert "text" not in repr(seven()[:2])


def test_equal_content_hashes_equal_and_pickles():
    view = seven()[[1, 2]]
    view.positions([3])  # fills a look-up that must not count
    assert joblib.hash(view) == joblib.hash(seven()[[1, 2]])
    assert joblib.hash(view) != joblib.hash(seven()[[2, 1]])
    again = pickle.loads(pickle.dumps(view))
    assert again.texts == view.texts
    assert again.positions([3]).tolist() == [3]


def test_workers_receive_texts_as_memory_maps(fresh_workers):
    graph = TextGraph(["word " * 50] * 9000, [(0, 1)])
    results = joblib.Parallel(n_jobs=2, max_nbytes="100K")(
        joblib.delayed(_buffer_is_mapped)(graph[rows]) for rows in ([0, 1], [2, 3])
    )
    assert results == [(True, 2), (True, 2)]


def _buffer_is_mapped(view):
    buffer = view._store.texts.buffer
    return isinstance(buffer, np.memmap), len(view.texts)


def test_the_parent_stays_in_sight_until_it_is_cut_away():
    view = seven()[[5, 2, 1, 2]]
    assert view.parent.rows.tolist() == list(range(N))
    cut = view.induced()
    assert cut.parent.node_ids.tolist() == [5, 2, 1]
    assert cut.node_ids.tolist() == [5, 2, 1, 2]
    assert cut.adjacency.toarray().tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert cut.report.n_links == 1
    assert cut.report.isolated_nodes == 1
    assert cut.features.tolist() == view.features.tolist()


def test_induced_of_everything_is_itself():
    graph = seven()
    assert graph.induced() is graph


def test_annotations_follow_views_and_cuts(annotated):
    view = annotated[[4, 0, 7]]
    table = view.annotations["rationales"]
    assert table is annotated.annotations["rationales"]
    cut = view.induced()
    kept = cut.annotations["rationales"]
    assert cut.parent.node_ids[kept.positions].tolist() == [
        annotated.node_ids[4],
        annotated.node_ids[0],
    ]
    with pytest.raises(TypeError):
        annotated.annotations["rationales"] = None


def test_adjacency_of_a_directed_graph_goes_one_way():
    graph = TextGraph(["a", "b"], [(0, 1)], directed=True)
    assert graph.adjacency.toarray().tolist() == [[0, 1], [0, 0]]
    assert "directed=True" in repr(graph)
