"""A step that goes through a graph by parts learns what it learns in memory."""

import pickle

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
)
from sklearn_tagkd.bulk import build_links, propagation, weighing
from sklearn_tagkd.features.link_scoring import LinkScorer
from sklearn_tagkd.features.link_weights import weigh_pairs
from sklearn_tagkd.rationales import KeyNeighbor, Rationale, check_rationales
from sklearn_tagkd.utils import large_arrays
from sklearn_tagkd.utils.memory_sizes import PROCESS_BYTES
from tests.bulk.folders import write_graph

N = 230
CLASSES = ["art", "law", "sport"]
WORDS = {
    "art": ["paint", "canvas", "colour", "museum", "sketch", "oil", "brush", "frame"],
    "law": ["court", "judge", "vote", "statute", "clause", "appeal", "jury", "bill"],
    "sport": ["goal", "match", "league", "coach", "score", "cup", "pitch", "keeper"],
}
SHORT = dict(encoder="hashing", lexical_dim=8, max_iter=25, random_state=0)


@pytest.fixture(scope="module")
def tables():
    random = np.random.default_rng(5)
    true = random.choice(CLASSES, N)
    texts = [
        " ".join(
            str(random.choice(WORDS[label if random.random() < 0.7 else other]))
            for other in random.choice(CLASSES, 7)
        )
        for label in true
    ]
    texts[7] = texts[3]  # embedded once
    ends = random.integers(N, size=(5 * N, 2))
    alike = (true[ends[:, 0]] == true[ends[:, 1]]) | (random.random(len(ends)) < 0.2)
    ids = [f"id{number}" for number in random.permutation(N)]
    weights = random.uniform(0.5, 2, size=alike.sum())
    return ids, texts, ends[alike & (ends[:, 0] != ends[:, 1])], true, weights


@pytest.fixture(params=["alike", "weighted"])
def graphs(request, tmp_path, tables, monkeypatch):
    """A graph in memory and the same one by parts: tiny ones, five columns a block."""
    ids, texts, ends, true, weights = tables
    weights = weights[: len(ends)] if request.param == "weighted" else None
    write_graph(tmp_path, ids, ends, texts=texts, weights=weights)
    build_links(tmp_path)
    monkeypatch.setattr(large_arrays, "_BLOCK", 64)
    monkeypatch.setattr(weighing, "_NODES", 50)
    memory = PROCESS_BYTES + 8 * N + 5 * 8 * N
    by_parts = TextGraph.open(tmp_path, max_memory=memory)
    return TextGraph.open(tmp_path), by_parts, true


def explain(graph, true):
    """Let a teacher name neighbours of its own class key, and others not."""
    links, records = graph.adjacency, []
    for position in range(0, N, 3):
        shown = links.indices[links.indptr[position] : links.indptr[position + 1]][:5]
        key = [other for other in shown if true[other] == true[position]]
        words = graph.parent[[position]].texts[0].split()[:2]
        ids = graph.node_ids
        records.append(
            Rationale(
                str(ids[position]),
                {str(true[position]): 1.0},
                tuple(str(ids[other]) for other in shown),
                tuple(words),
                tuple(
                    KeyNeighbor(str(ids[o]), (graph.parent[[o]].texts[0].split()[0],))
                    for o in key
                ),
            )
        )
    return graph.annotated(rationales=check_rationales(records, graph, CLASSES))


def no_row_is_held(model):
    sizes = [
        np.asarray(value).size
        for value in vars(model).values()
        if isinstance(value, np.ndarray)
    ]
    assert max(sizes, default=0) < N


@pytest.mark.parametrize("backbone", ["decoupled", "mlp"])
def test_a_student_of_labels_is_the_same(graphs, backbone):
    whole, by_parts, true = graphs
    y = np.where(np.arange(N) % 4, "", true)
    models = [
        DistilledStudentClassifier(backbone, **SHORT).fit(graph, y)
        for graph in (whole, by_parts)
    ]
    shares = [
        model.predict_proba(graph)
        for model, graph in zip(models, (whole, by_parts), strict=True)
    ]
    assert_array_equal(*shares)
    labels = [m.predict(g) for m, g in zip(models, (whole, by_parts), strict=True)]
    assert_array_equal(*labels)
    assert_array_equal(models[1].predict(by_parts[5:9]), labels[0][5:9])
    assert_array_equal(
        models[0].input_space_.text_center, models[1].input_space_.text_center
    )
    assert models[0].training_graph_ == models[1].training_graph_
    no_row_is_held(models[1])


def test_an_interpreter_and_its_student_are_the_same(graphs):
    whole, by_parts, true = graphs
    said = []
    for graph in (whole, by_parts):
        interpreter = InterpreterGNNClassifier(**SHORT)
        taught = interpreter.fit_transform(explain(graph, true))
        signals = taught.annotations["teacher"]
        student = DistilledStudentClassifier(**SHORT).fit(taught)
        assert interpreter.link_scorer_ is not None
        assert "committee" in interpreter.history_[-1]
        assert "semantic" in student.history_[-1]
        said.append(
            (
                signals.probabilities,
                signals.neighborhood.weights,
                signals.text.values,
                interpreter.sharpness_,
                student.predict_proba(graph),
            )
        )
        no_row_is_held(student)
        assert_array_equal(
            student.predict(graph),
            student.classes_[student.predict_proba(graph).argmax(axis=1)],
        )
    for one, other in zip(*said, strict=True):
        assert_array_equal(one, other)
    assert_array_equal(said[0][-1].argmax(axis=1), said[1][-1].argmax(axis=1))


def test_messages_are_heard_in_the_first_step_alone(graphs):
    """Rows propagated with messages are those that memory gives, to rounding."""
    whole, by_parts, true = graphs
    heard = []
    for graph in (whole, by_parts):
        step = InterpreterGNNClassifier(**SHORT, committee_weight=0)
        step.fit(explain(graph, true))
        inputs = step._inputs(explain(graph, true))
        heard.append(step.network_.propagated(inputs))
        assert len(inputs.embeddings) == N + (graph is whole) * len(
            inputs.message_sender
        )
    assert len(explain(whole, true).annotations["rationales"].key_node) > 20
    assert_array_equal(*heard)


def test_a_killed_fit_goes_on_and_says_the_same(graphs, monkeypatch):
    _, by_parts, true = graphs
    y = np.where(np.arange(N) % 4, "", true)
    propagated, calls = propagation.propagate_block, []

    def dies(*task):
        calls.append(task)
        if len(calls) == 3:
            raise KeyboardInterrupt
        propagated(*task)

    monkeypatch.setattr(propagation, "propagate_block", dies)
    with pytest.raises(KeyboardInterrupt):
        DistilledStudentClassifier(**SHORT).fit(by_parts, y)
    folder = by_parts.by_parts.folder / "built"
    left = sorted(path.name for path in folder.glob("fitted-*/heard-*/columns-*"))
    assert len(left) == 2
    assert not list(folder.glob("fitted-*/*.claim"))
    made = {path: path.stat().st_mtime_ns for path in folder.glob("fitted-*/*.npy")}
    one = DistilledStudentClassifier(**SHORT).fit(by_parts, y)
    assert all(path.stat().st_mtime_ns == time for path, time in made.items())
    kept = {path: path.read_bytes() for path in folder.glob("fitted-*/*.npy")}
    assert not [path for path in folder.glob("fitted-*/*") if path.is_dir()]
    for path in kept:
        path.unlink()
    monkeypatch.setattr(propagation, "propagate_block", propagated)
    anew = TextGraph.open(by_parts.by_parts.folder, max_memory="1GiB")
    other = DistilledStudentClassifier(**SHORT).fit(anew, y)
    assert_array_equal(one.predict_proba(by_parts), other.predict_proba(anew))
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_limit_that_holds_no_column_is_refused_before_anything(graphs):
    whole, _, true = graphs
    folder = whole.stored.folder
    least = PROCESS_BYTES + 16 * N
    for memory in ("1KB", least - 1):
        with pytest.raises(ValueError, match=rf"one column of {N} .* takes {least}\."):
            TextGraph.open(folder, max_memory=memory)
    graph = TextGraph.open(folder, max_memory=least)
    with (
        parallel_config("loky", n_jobs=2),
        pytest.raises(ValueError, match="in each of 2 processes"),
    ):
        DistilledStudentClassifier(**SHORT).fit(graph, true)
    assert not list((folder / "built").glob("embeddings-*"))
    with pytest.raises(ValueError, match="is no size"):
        TextGraph.open(folder, max_memory="1G")


def test_the_limit_travels_with_the_graph(graphs):
    whole, by_parts, _ = graphs
    assert whole.by_parts is None
    again = pickle.loads(pickle.dumps(by_parts[3:5]))
    assert again.by_parts.max_memory == by_parts.by_parts.max_memory
    assert by_parts.induced().by_parts is not None
    assert by_parts[:20].induced().by_parts is None  # cut out, into memory


def test_weights_hang_on_the_ends_of_a_link_alone():
    random = np.random.default_rng(0)
    rows = random.standard_normal((50, 21)).astype(np.float32)
    scorer = LinkScorer(
        *random.standard_normal((2, 21)).astype(np.float32),
        intercept=0.1,
        mean_weight=1,
    )
    ends = random.integers(50, size=(2, 2050))
    whole = weigh_pairs(scorer, *ends, rows)
    for size in (1, 3, 50, 2047):
        part = weigh_pairs(scorer, *ends[:, -size:], rows)
        assert_array_equal(part, whole[-size:])
