"""Whom to ask about, of a graph that is gone through by parts: as in memory."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.asking.questions import build_questions
from sklearn_tagkd.asking.selection.node_map import map_nodes
from sklearn_tagkd.asking.worth_asking import nodes_to_read, nodes_with_text
from sklearn_tagkd.bulk import build_links
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.features.words import word_rows, word_space
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import KeyNeighbor, Rationale
from sklearn_tagkd.rationales.answers_file import write_answers
from sklearn_tagkd.selection import AutoSelection, pagerank, select_nodes
from sklearn_tagkd.utils import large_arrays
from sklearn_tagkd.utils.memory_sizes import PROCESS_BYTES
from tests.bulk.folders import write_graph

N = 211


@pytest.fixture(params=["undirected", "directed", "weighted", "all columns"])
def graphs(request, tmp_path, monkeypatch):
    """A graph in memory, and by parts of 30 nodes and seven columns, or all."""
    random = np.random.default_rng(3)
    words = np.array(
        [
            "goal",
            "vote",
            "paint",
            "cup",
            "law",
            "brush",
            "match",
            "jury",
            "oil",
            "pitch",
        ]
    )
    texts = [" ".join(random.choice(words, 6)) for _ in range(N)]
    for blank in range(0, N, 10):
        texts[blank] = ""
    ends = random.integers(N - 5, size=(3 * N, 2))  # five nodes have no links
    ends = ends[ends[:, 0] != ends[:, 1]]
    weighted, directed = (request.param == kind for kind in ("weighted", "directed"))
    ids = [f"id{number}" for number in random.permutation(N)]
    weights = random.uniform(0.5, 2, len(ends)) if weighted else None
    write_graph(tmp_path, ids, ends, texts=texts, weights=weights)
    build_links(tmp_path, directed=directed)
    monkeypatch.setattr(large_arrays, "_BLOCK", 30)
    width = 100 if request.param == "all columns" else 7
    memory = PROCESS_BYTES + 8 * N + width * 8 * N
    parts = TextGraph.open(tmp_path, max_memory=memory)
    named = [(ids[one], ids[other]) for one, other in ends]
    whole = TextGraph(texts, named, ids, directed=directed, weights=weights)
    return whole, parts


def test_ranks_are_the_same(graphs):
    assert_array_equal(*map(pagerank, graphs))


def test_maps_are_the_same(graphs):
    some = np.arange(0, N, 3)
    maps = [map_nodes(graph, some) for graph in graphs]
    words = [word_rows(graph, word_space(graph, 64)) for graph in graphs]
    assert_array_equal(*words)  # what is heard is written elsewhere
    assert maps[0].rows.shape[1] > 4
    assert_array_equal(maps[0].rows, maps[1].rows)
    assert_array_equal(*(on_map.place(["a late goal"]) for on_map in maps))


def test_maps_are_the_same_however_many_columns_memory_holds(graphs):
    whole, parts = graphs
    wanted = map_nodes(whole, np.arange(N)).rows
    for memory in ("1GiB", PROCESS_BYTES + 16 * N):
        opened = TextGraph.open(parts.by_parts.folder, max_memory=memory)
        assert_array_equal(map_nodes(opened, np.arange(N)).rows, wanted)


@pytest.mark.parametrize("strategy", ["pagerank", "auto", "random"])
def test_the_same_nodes_are_chosen(graphs, strategy):
    chosen = [
        select_nodes(graph, np.arange(0, N, 2), 20, strategy=strategy)
        for graph in graphs
    ]
    assert_array_equal(*chosen)


def test_the_same_is_asked(graphs):
    questions = [
        build_questions(graph, np.arange(N), {"sport": "", "law": ""}, 3)
        for graph in graphs
    ]
    assert questions[0] == questions[1]
    assert_array_equal(*map(nodes_with_text, graphs))
    readable = [nodes_to_read(graph, nodes_with_text(graph), 3) for graph in graphs]
    assert_array_equal(*readable)
    assert nodes_with_text(graphs[0]).sum() < readable[0].sum() < N


@pytest.mark.parametrize("selection", ["auto", "pagerank"])
def test_a_step_asks_the_same_and_believes_the_same(graphs, tmp_path, selection):
    whole, _ = graphs
    questions = build_questions(whole, np.arange(N), {"sport": "", "law": ""}, 5)
    records = [
        Rationale(
            question.node,
            {"sport": 0.9, "law": 0.1} if "goal" in question.text else {"law": 1.0},
            question.neighbors,
            tuple(question.text.split()[:1]),
            tuple(map(KeyNeighbor, question.neighbors[:1])),
        )
        for question in questions
    ]
    write_answers(tmp_path / "answers.jsonl", records)
    tables = []
    for graph in graphs:
        step = LLMRationaleTransformer(
            RecordedAnswers(tmp_path / "answers.jsonl"),
            ["sport", "law"],
            max_nodes=30,
            selection=selection,
        )
        tables.append(step.fit_transform(graph).annotations["rationales"])
    one, other = tables
    assert len(one) == 30
    for name in ("positions", "probabilities", "key_row", "key_node", "shown_node"):
        assert_array_equal(getattr(one, name), getattr(other, name))


def test_nodes_whose_texts_tell_nothing_are_chosen_as_in_memory(tmp_path):
    write_graph(tmp_path, list(range(9)), [(0, 1), (2, 3)], texts=["the"] * 9)
    build_links(tmp_path)
    graphs = [TextGraph.open(tmp_path, max_memory=most) for most in (None, "1GiB")]
    chosen = [select_nodes(g, np.arange(9), 3, strategy="auto") for g in graphs]
    assert_array_equal(*chosen)
    assert len(chosen[0]) == 3


def test_meanings_are_those_of_memory(graphs):
    """Texts are embedded in the folder, where a fit finds them."""
    encoder = HashingEncoder(19)
    maps = [map_nodes(graph, np.arange(0, N, 3), encoder) for graph in graphs]
    assert_array_equal(maps[0].rows, maps[1].rows)
    assert_array_equal(*(on_map.place(["a late goal"]) for on_map in maps))
    assert maps[0].rows.shape != map_nodes(graphs[0], np.arange(0, N, 3)).rows.shape
    chosen = [
        select_nodes(graph, np.arange(N), 25, strategy=AutoSelection(encoder))
        for graph in graphs
    ]
    assert_array_equal(*chosen)
    built = graphs[1].by_parts.folder / "built"
    assert len(list(built.glob("embeddings-*"))) == 1


def test_meanings_of_an_encoder_without_a_name_are_refused_before_anything(graphs):
    class Nameless:
        def encode(self, texts):
            return np.ones((len(texts), 2), np.float32)

    with pytest.raises(ValueError, match="Nameless has no cache_key"):
        select_nodes(graphs[1], np.arange(N), 5, strategy=AutoSelection(Nameless()))
