"""A graph that grows is the graph that would have been built of all at once."""

import itertools
import pickle

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_tagkd import TextGraph
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph import extension


@st.composite
def growing(draw):
    """Nodes and edges in three parts, which edges may reach back from."""
    sizes = [draw(st.integers(1, 6)), draw(st.integers(0, 5)), draw(st.integers(0, 5))]
    is_weighted = [draw(st.booleans()) for _ in sizes]
    parts = []
    for n_nodes in np.cumsum(sizes):
        ends = st.integers(0, int(n_nodes) - 1)
        edges = draw(st.lists(st.tuples(ends, ends), max_size=12))
        weights = draw(
            st.lists(
                st.sampled_from([0.0, 0.25, 1.0, 3.0]),
                min_size=len(edges),
                max_size=len(edges),
            )
        )
        parts.append((edges, weights))
    return {
        "sizes": sizes,
        "parts": parts,
        "weighted": is_weighted,
        "directed": draw(st.booleans()),
        "ids": draw(st.sampled_from(["places", "str", "int", "mixed"])),
        "features": draw(st.booleans()),
    }


def identity(kind, place):
    named = {"places": place, "str": f"n{place}", "int": 7 * place - 3}
    named["mixed"] = (f"n{place}", 7 * place, (place, "x"))[place % 3]
    return named[kind]


def both(case, direction=None):
    """Return the graph grown in parts, and the one built at once."""
    n = sum(case["sizes"])
    name = [identity(case["ids"], place) for place in range(n)]
    texts = [f"text {place}" for place in range(n)]
    features = np.arange(3.0 * n).reshape(n, 3) if case["features"] else None
    grown, start, all_edges, all_weights = None, 0, [], []
    for size, (edges, weights), is_weighted in zip(
        case["sizes"], case["parts"], case["weighted"], strict=True
    ):
        part = slice(start, start + size)
        start += size
        edges = [(name[u], name[v]) for u, v in edges]
        all_edges += edges
        all_weights += weights if is_weighted else [1.0] * len(edges)
        options = {
            "node_ids": None if case["ids"] == "places" else name[part],
            "features": None if features is None else features[part],
            "weights": weights if is_weighted else None,
        }
        if grown is None:
            options["directed"] = case["directed"]
            grown = TextGraph(texts[part], edges, **options)
        else:
            grown = grown.extended(texts[part], edges, **options)
    whole = TextGraph(
        texts,
        all_edges,
        node_ids=name,
        features=features,
        directed=case["directed"],
        weights=all_weights if any(case["weighted"]) else None,
    )
    return grown, whole


def assert_equal(grown, whole):
    assert len(grown) == len(whole)
    assert grown.shape == whole.shape
    assert grown.texts == whole.texts
    assert grown.node_ids.tolist() == whole.node_ids.tolist()
    assert grown.node_ids.dtype == whole.node_ids.dtype
    assert grown.n_links == whole.n_links
    assert grown.report == whole.report
    assert repr(grown) == repr(whole)
    assert grown.weighted == whole.weighted
    assert grown.adjacency.dtype == whole.adjacency.dtype
    assert grown.adjacency.has_sorted_indices
    for part in ("indptr", "indices", "data"):
        ours, theirs = (getattr(g.adjacency, part) for g in (grown, whole))
        assert ours.tolist() == theirs.tolist()
    if whole.features is None:
        assert grown.features is None
    else:
        assert grown.features.tolist() == whole.features.tolist()
    ids = whole.node_ids.tolist()
    assert grown.positions([*ids, "nobody"]).tolist() == [*range(len(ids)), -1]


@given(growing())
@settings(deadline=None)
def test_it_equals_the_graph_built_at_once(case):
    grown, whole = both(case)
    assert_equal(grown, whole)
    rows = [len(whole) - 1, 0, len(whole) - 1]
    assert grown[rows].texts == whole[rows].texts
    assert grown[rows].node_ids.tolist() == whole[rows].node_ids.tolist()
    if case["features"]:
        assert grown[rows].features.tolist() == whole[rows].features.tolist()
    cut, expected = grown[rows].induced(), whole[rows].induced()
    assert cut.parent.texts == expected.parent.texts
    assert (cut.adjacency != expected.adjacency).nnz == 0
    assert_equal(pickle.loads(pickle.dumps(grown)), whole)


@given(growing())
@settings(deadline=None, max_examples=30)
def test_what_grew_much_becomes_one_graph(case):
    few = extension._FEW
    extension._FEW = 0
    try:
        grown, whole = both(case)
        grown = grown.extended([], [])
    finally:
        extension._FEW = few
    assert_equal(grown, whole)


def chain(n=40, **options):
    names = [f"n{i}" for i in range(n)]
    edges = list(itertools.pairwise(names))
    return TextGraph([f"text {i}" for i in range(n)], edges, node_ids=names, **options)


def test_nothing_of_the_old_graph_is_copied_or_changed():
    graph = chain()
    links = graph.adjacency.nnz
    bigger = graph.extended(["new"], [("new", "n0")], node_ids=["new"])
    assert bigger.growth.base.identity is graph.identity
    assert graph.growth is None
    assert len(graph) == 40
    assert graph.adjacency.nnz == links
    assert "links" not in vars(bigger.identity)
    assert bigger.adjacency.nnz == links + 2
    hashed = joblib.hash(bigger)
    assert joblib.hash(graph.extended(["new"], [("new", "n0")], ["new"])) == hashed


def test_a_stream_has_one_base_until_it_has_grown_by_an_eighth():
    graph = chain(20_000)
    bases = []
    for i in range(30):
        names = [f"{i}.{j}" for j in range(100)]
        edges = [(name, f"n{i}") for name in names]
        graph = graph.extended(["new"] * 100, edges, node_ids=names)
        bases.append(len(graph.growth.base))
    assert set(bases[:20]) == {20_000}
    assert max(bases) > 22_000
    assert len(set(bases)) == 2
    assert graph.n_links == 20_000 - 1 + 3000


def test_what_was_found_out_stays_but_for_what_was_taught():
    class Note:
        def __init__(self, stays):
            self.stays = stays

        def extended(self, n_nodes):
            assert n_nodes == 41
            return self if self.stays else None

    graph = chain().annotated(rationales=(kept := Note(True)), teacher=Note(False))
    bigger = graph[:3].extended(["new"], [], node_ids=["new"])
    assert bigger.annotations == {"rationales": kept}
    assert len(bigger) == 41


numbered = TextGraph(["a", "b"], [(0, 1)])
featured = TextGraph(["a"], [], features=np.ones((1, 2), dtype=np.float16))


@pytest.mark.parametrize(
    ("graph", "arguments", "message"),
    [
        (chain(), ((["x"]), [], None), r"have ids of their own.*node_ids=\[\.\.\.\]"),
        (chain(), (["x"], [("x", "nowhere")], ["x"]), "not among the node_ids"),
        (chain(), (["x"], [("x", 3)], ["x"]), r"'str', this one is int|their type"),
        (numbered, (["x"], [(2, 5)]), "not a position between 0 and 2"),
        (numbered, (["x"], [], [1]), r"node_ids\[0\] is 1, the id of a node that"),
        (chain(), (["x", "y"], [], ["x", "n3"]), r"node_ids\[1\] is 'n3'.*position 3"),
        (chain(), (["x", "y"], [], ["x", "x"]), r"the id of node_ids\[0\] too"),
        (chain(), (["x", "y"], [], ["x"]), "1 entries but there are 2 texts"),
        (chain(), ([None], [], ["x"]), r"texts\[0\] \(node 'x'\) is missing"),
        (chain(), ("text", [], ["x"]), "got a single string"),
        (numbered, (["x"], [], None, [[1.0]]), "the nodes of this graph have none"),
        (featured, (["x"], []), "have 2 features each"),
        (
            featured,
            (["x"], [], None, [[1.0]]),
            "1 columns and those of the graph have 2",
        ),
        (featured, (["x"], [], None, [[1.0, np.nan]]), r"features\[0, 1\] is nan"),
        (featured, (["x"], [], None, [[1.0, 1e9]]), "too large for .* float16"),
        (featured, (["x"], [], None, np.ones((2, 2))), "2 rows but there are 1 texts"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_remedy(graph, arguments, message):
    with pytest.raises(GraphFormatError, match=message):
        graph.extended(*arguments)


def test_features_keep_the_precision_of_the_graph():
    bigger = featured.extended(None, [(1, 0)], features=np.array([[0.5, 2.0]]))
    assert bigger.features.dtype == np.float16
    assert bigger[[1, 0]].features.dtype == np.float16
    whole = TextGraph(["a"], [], features=[[1, 2]])
    more = whole.extended(["b"], [], features=[[0.5, 1]])
    assert more.features.tolist() == [[1, 2], [0.5, 1]]
    assert more[[0]].features.tolist() == [[1, 2]]
