import numpy as np
import pytest
from scipy.sparse import csr_array

from sklearn_tagkd import TextGraph
from sklearn_tagkd.rationales import KeyNeighbor, Rationale, check_rationales
from sklearn_tagkd.rationales.enhancement import enhance

WORDS = {"goal": [1.0, 0], "vote": [0, 1.0], "goal vote": [0.6, 0.8]}
TEXTS = ["goal vote", "goal", "vote", "goal vote"]
EDGES = [(0, 1), (0, 2), (0, 3)]


def embed(texts, positions):
    return np.array([WORDS[text] for text in texts], np.float32)


def run(answer, directed=False, **options):
    """Enhance a star around node 0, of which only 1 and 2 were shown."""
    graph = TextGraph(TEXTS, EDGES, directed=directed)
    table = check_rationales([answer], graph, ["x"])
    assert table.report == {}
    received = csr_array(graph.adjacency.T.astype(np.float32))
    defaults = {"keywords": None, "passed_over_weight": 0.0, "key_messages": False}
    return enhance(
        embed(TEXTS, None), received, table, embed, **{**defaults, **options}
    )


def answer(*neighbors, keywords=()):
    return Rationale(0, {"x": 1}, (1, 2), keywords, neighbors)


@pytest.mark.parametrize(
    ("keywords", "row"),
    [
        ("replace", [1, 0]),
        ("mean", [0.8, 0.4]),
        ("concat", [0.6, 0.8, 1, 0]),
        (None, [0.6, 0.8]),
    ],
)
def test_text_level_changes_the_answered_node_alone(keywords, row):
    enhanced = run(answer(keywords=("goal",)), keywords=keywords)
    embeddings = enhanced.applied(embed(TEXTS, None), keywords == "concat")
    assert np.allclose(embeddings[0], row)
    raw = embed(TEXTS, None)[1:]
    doubled = np.concatenate([raw, raw], axis=1)
    assert np.allclose(embeddings[1:], doubled if len(row) == 4 else raw)


@pytest.mark.parametrize(
    ("weight", "row"),
    [(0.0, [0, 1, 0, 1]), (0.25, [0, 1, 0.25, 1]), (1.0, [0, 1, 1, 1])],
)
def test_structure_level_weakens_who_was_passed_over_for_the_receiver(weight, row):
    links = run(answer(KeyNeighbor(1)), passed_over_weight=weight).links.toarray()
    assert links[0].tolist() == row  # 3 was never shown: it stays
    assert links[:, 0].tolist() == [0, 1, 1, 1]  # 2 still hears 0


def test_structure_level_without_a_key_neighbour_keeps_all():
    assert run(answer()).links.toarray()[0].tolist() == [0, 1, 1, 1]


def test_message_level_puts_the_message_on_its_link():
    enhanced = run(answer(KeyNeighbor(1, ("goal",))), key_messages=True)
    assert enhanced.message_receiver.tolist() == [0]
    assert enhanced.message_sender.tolist() == [1]
    assert enhanced.applied(embed(TEXTS, None))[4].tolist() == [1, 0]
    assert len(run(answer(KeyNeighbor(1, ("goal",)))).messages) == 0


def test_a_message_against_the_direction_is_not_heard():
    enhanced = run(answer(KeyNeighbor(1, ("goal",))), directed=True, key_messages=True)
    assert len(enhanced.message_sender) == 0
    assert enhanced.links.toarray()[0].sum() == 0


def test_semantic_weight_grows_with_distance_and_appearance():
    weights = run(answer(keywords=("goal",))).semantic_weight
    heard = np.array([4, 2, 2, 2])  # by how many, and itself
    assert weights[0] == pytest.approx(heard[0] / heard.mean() * (1 - 0.6))
    assert weights[1:].tolist() == [0, 0, 0]


def test_structural_weight_is_the_turn_of_the_neighbourhood():
    weights = run(answer(KeyNeighbor(1))).structural_weight
    before, after = np.array([1.6, 1.8]), np.array([1.6, 0.8])
    cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
    assert weights[0] == pytest.approx(1 - cosine, abs=1e-6)
    assert weights[1:].tolist() == [0, 0, 0]


def test_a_message_turns_the_neighbourhood_too():
    enhanced = run(
        Rationale(0, {"x": 1}, (3,), (), (KeyNeighbor(3, ("goal",)),)),
        key_messages=True,
    )
    before, after = np.array([1.6, 1.8]), np.array([2.0, 1.0])
    cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
    assert enhanced.structural_weight[0] == pytest.approx(1 - cosine, abs=1e-6)
