"""selection='auto': a cover of the graph, then doubt, or typical nodes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_tagkd import LLMRationaleTransformer, TextGraph, datasets
from sklearn_tagkd.asking.selection import AutoSelection, select_nodes
from sklearn_tagkd.asking.selection.auto import Lesson
from sklearn_tagkd.asking.selection.cover import (
    distances,
    likeness,
    nearest_share,
    pick_cover,
)
from sklearn_tagkd.asking.selection.node_map import map_nodes
from sklearn_tagkd.asking.selection.quick_model import doubts_teacher, learn_quickly
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import ClassProfile, check_profiles, read_answers


@pytest.fixture(scope="module")
def docs():
    return datasets.load_docs()


def chosen_by_auto(docs, view, k, seed=0):
    step = LLMRationaleTransformer(
        RecordedAnswers(docs.answers), max_nodes=k, random_state=seed
    )
    table = step.fit_transform(view).annotations["rationales"]
    return set(table.positions.tolist())


def test_it_is_the_default_and_the_same_seed_asks_the_same(docs):
    assert LLMRationaleTransformer().selection == "auto"
    first, second = (chosen_by_auto(docs, docs.graph, 60) for _ in range(2))
    assert first == second
    assert len(first) == 60
    assert first != chosen_by_auto(docs, docs.graph, 60, seed=1)


def test_folds_agree_as_far_as_they_hold_the_nodes(docs):
    rows = np.random.default_rng(0).permutation(len(docs.graph))
    whole = chosen_by_auto(docs, docs.graph, 48)
    union = set()
    for held in np.array_split(rows, 5):
        fold = np.setdiff1d(rows, held)
        asked = chosen_by_auto(docs, docs.graph[fold], 48)
        assert asked <= set(fold.tolist())
        assert len(asked & whole) > 0.5 * len(whole & set(fold.tolist()))
        union |= asked
    # Were there no agreement, five folds would ask about nearly all 240.
    assert len(union) < 120


class CountingAnswers(RecordedAnswers):
    """Answers that are recorded, and how many were wanted at once."""

    def __init__(self, path):
        super().__init__(path)
        self.sizes = []

    def ask(self, questions):
        self.sizes.append(len(questions))
        return super().ask(questions)


def test_later_nodes_follow_from_answers_however_many_classes_there_are(docs):
    # Two a class at first, and all 32 would be chosen before there is an answer.
    assert len(docs.target_names) == 16
    client = CountingAnswers(docs.answers)
    LLMRationaleTransformer(client, max_nodes=32).fit(docs.graph)
    assert client.sizes == [16, 8, 8]
    assert AutoSelection().round_ends(70, 70) == [16, 24, 36, 54, 70]
    assert AutoSelection().round_ends(70, 2) == [35, 70]  # rounds take a day


def test_it_covers_more_classes_than_chance(docs):
    classes = [
        len({docs.target[i] for i in chosen})
        for chosen in (
            chosen_by_auto(docs, docs.graph, 32),
            set(
                LLMRationaleTransformer(
                    RecordedAnswers(docs.answers), max_nodes=32, selection="random"
                )
                .fit_transform(docs.graph)
                .annotations["rationales"]
                .positions.tolist()
            ),
        )
    ]
    assert classes[0] >= classes[1]
    assert classes[0] >= 13


def test_what_it_asks_teaches_more_than_chance(docs):
    everyone = np.arange(len(docs.graph))
    on_map = map_nodes(docs.graph, everyone)
    answers = {a.node: a for a in read_answers(docs.answers)[0]}
    ids = docs.graph.node_ids
    test = np.array([i for i in everyone if ids[i] not in answers])
    codes = np.searchsorted(docs.target_names, docs.target)

    def score(chosen):
        chosen = np.array(sorted(chosen))
        targets = np.eye(16)[codes[chosen]]
        said = learn_quickly(on_map.rows[chosen], targets, on_map.rows[test])
        return (said.argmax(axis=1) == codes[test]).mean()

    pool = np.array([i for i in everyone if ids[i] in answers])
    by_lot = [
        score(select_nodes(docs.graph, pool, 70, strategy="random", random_state=s))
        for s in range(5)
    ]
    assert score(chosen_by_auto(docs, docs.graph, 70)) > np.mean(by_lot) + 0.02


@pytest.mark.parametrize(
    "graph",
    [
        TextGraph(["same"] * 9, []),
        TextGraph([""] * 9, [(0, 1)]),
        TextGraph([f"word{i}" for i in range(9)], []),
        TextGraph(None, [(0, 1), (1, 2)], features=np.eye(9, 4)),
        TextGraph(None, [(0, 1)], features=np.zeros((9, 3))),
        TextGraph([f"goal {i}" for i in range(9)], [(0, 1)], directed=True),
    ],
    ids=["equal", "empty", "unlike", "features", "zeros", "directed"],
)
def test_graphs_where_little_tells_nodes_apart(graph):
    classes = {"a": "", "b": ""}
    for n_wanted in (1, 4):
        chosen = select_nodes(
            graph, np.arange(9), n_wanted, strategy="auto", classes=classes
        )
        assert len(chosen) == n_wanted
        again = select_nodes(
            graph, np.arange(9), n_wanted, strategy="auto", classes=classes
        )
        assert_array_equal(chosen, again)


def test_quotas_hold(docs):
    known = {i: str(label) for i, label in enumerate(docs.target)}
    chosen = select_nodes(
        docs.graph,
        np.arange(len(docs.graph)),
        None,
        strategy="auto",
        max_per_class=2,
        known=known,
        classes=dict.fromkeys(docs.target_names, ""),
    )
    counts = np.unique(docs.target[chosen], return_counts=True)[1]
    assert (len(counts), counts.max()) == (16, 2)


def test_profiles_tell_where_doubt_is_before_anybody_answered():
    sure = ["goal match cup"] * 20 + ["vote election law"] * 20
    unsure = ["goal vote match law"] * 15
    others = ["soup oven"] * 30  # or a word would be in too many texts to tell
    on_map = map_nodes(TextGraph([*sure, *unsure, *others], []), np.arange(85))
    documents = {"politics": ["vote election law"], "sport": ["goal match cup"]}
    known = [ClassProfile(name, documents=texts) for name, texts in documents.items()]
    profiles = check_profiles(known, sorted(documents))
    told = Lesson.of(on_map, None, profiles, 2).doubt(on_map.rows)
    assert told[40:55].min() > 2 * told[:40].max()
    assert set(Lesson.of(on_map, None, None, 2).doubt(on_map.rows)) == {1.0}


@given(st.integers(1, 300), st.integers(1, 12), st.integers(1, 9))
def test_rounds_end_where_they_should(n_wanted, most, n_rounds):
    ends = AutoSelection(n_rounds=n_rounds).round_ends(n_wanted, most)
    assert ends[-1] == n_wanted
    assert len(ends) <= min(most, n_rounds)
    assert ends == sorted(set(ends))


@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(1, 6))
def test_the_heap_picks_what_a_plain_search_picks(seed, n_rows, n_wanted):
    rows = np.random.default_rng(seed).normal(size=(n_rows, 3))
    alike = likeness(distances(rows, rows), 3)
    weights = np.random.default_rng(seed + 1).random(n_rows)
    picked = pick_cover(
        alike, weights, np.zeros(n_rows, "f4"), np.ones(n_rows, bool), n_wanted
    )
    covered = np.zeros(n_rows)
    for row in picked:
        gains = [
            (np.maximum(alike[i] - covered, 0) * weights).sum() for i in range(n_rows)
        ]
        assert gains[row] >= max(gains) - 1e-4
        covered = np.maximum(covered, alike[row])
    assert len(picked) == min(n_wanted, n_rows) == len(set(picked))


def test_shares_are_of_what_is_nearest():
    rows = np.array([[0.0], [10.0]])
    others = np.array([[1.0], [2.0], [9.0], [-3.0]])
    assert_array_equal(nearest_share(distances(rows, others)), [0.75, 0.25])


def test_a_teacher_that_contradicts_itself_is_doubted(docs):
    records, _ = read_answers(docs.answers)
    position = {node: i for i, node in enumerate(docs.graph.node_ids)}
    positions = np.sort([position[record.node] for record in records])[::2]
    rows = map_nodes(docs.graph, np.arange(len(docs.graph))).rows_of(positions)
    targets = np.eye(16)[np.searchsorted(docs.target_names, docs.target[positions])]
    assert not doubts_teacher(rows, targets)
    assert not doubts_teacher(rows[:10], targets[:10])
    random = np.random.default_rng(0)
    guesses = targets.copy()
    wrong = random.random(len(targets)) < 0.4
    guesses[wrong] = np.eye(16)[random.integers(0, 16, wrong.sum())]
    assert doubts_teacher(rows, guesses)
