"""Every option of every step, by parts: the same bits as in memory, or refused at once.

A new parameter has to be entered here.
"""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    TextGraph,
    baselines,
)
from sklearn_tagkd.asking.selection.choose import STRATEGIES
from sklearn_tagkd.bulk import build_links, propagation
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.rationales import KeyNeighbor, Rationale, check_rationales
from sklearn_tagkd.selection import AutoSelection, select_nodes
from sklearn_tagkd.utils import large_arrays
from sklearn_tagkd.utils.memory_sizes import PROCESS_BYTES
from tests.bulk.folders import write_graph

N = 50
CLASSES = ["art", "law"]
WORDS = {"art": ["paint", "oil", "brush"], "law": ["court", "vote", "jury"]}
SHORT = dict(
    encoder=HashingEncoder(12),
    lexical_dim=3,
    hidden_dim=6,
    n_hops=3,
    max_iter=4,
    random_state=0,
    progress=False,
)
# What a training does with what it reads, all at once: rows come out of files anyway.
TRAINING = dict(
    n_layers=1,
    teleport=0.3,
    push_tolerance=0.01,
    dropout=0.2,
    hard_label_weight=0.5,
    soft_label_weight=0.5,
    true_label_weight=2.0,
    batch_size=7,
    learning_rate=0.02,
    weight_decay=0.0,
    early_stopping=True,
    validation_fraction=0.3,
    n_iter_no_change=2,
    device="cpu",
)
VIEWS = {"consistency_weight": 0.5, "max_iter": 53}
SAME = {
    InterpreterGNNClassifier: [
        TRAINING,
        {"backbone": "mlp", "keywords": "concat"},
        {"keywords": None, "key_messages": False},
        {"keywords": "replace", "score_links": False, "passed_over_weight": 0.3},
        {"keywords": "concat", "passed_over_weight": 0.0, **VIEWS},
        {"committee_weight": 0.5, "supervision": "llm"},
        {"lexical_dim": 0, "hidden_dim": 5, "n_hops": 1, "random_state": 3},
    ],
    DistilledStudentClassifier: [
        TRAINING,
        VIEWS,
        {"backbone": "mlp", **VIEWS},
        {"output_weight": 0.0, "semantic_weight": 1.0, "structural_weight": 0.0},
        {"score_links": False, "supervision": "y"},
    ],
    baselines.MLPClassifier: [{}],
}
REFUSED = {
    InterpreterGNNClassifier: [{"backbone": name} for name in ("gcn", "sage", "gat")],
    DistilledStudentClassifier: [{"backbone": name} for name in ("gcn", "sage", "gat")],
    baselines.GCNClassifier: [{}],
    baselines.SAGEClassifier: [{}],
    baselines.GATClassifier: [{}],
}


def options_of(step):
    return set(inspect.signature(step).parameters)


def cases(table):
    return [(step, options) for step, tried in table.items() for options in tried]


def given_to(step, options):
    given = {**SHORT, "committee_weight": 0.0, **options}
    return {name: value for name, value in given.items() if name in options_of(step)}


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    """A graph of weighted links in memory, and by parts of a few columns each."""
    folder = tmp_path_factory.mktemp("graph")
    random = np.random.default_rng(5)
    true = random.choice(CLASSES, N)
    texts = [" ".join(random.choice(WORDS[label], 3)) for label in true]
    texts[0] = "goal"
    ends = random.integers(N, size=(5 * N, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    weights = random.uniform(0.5, 2, len(ends))
    write_graph(
        folder, [f"id{i}" for i in range(N)], ends, texts=texts, weights=weights
    )
    build_links(folder)
    memory = PROCESS_BYTES + 8 * N + 7 * 8 * N
    whole, parts = TextGraph.open(folder), TextGraph.open(folder, max_memory=memory)
    return explained(whole, true), explained(parts, true), true


def explained(graph, true):
    links, records = graph.adjacency, []
    for position in range(0, N, 2):
        shown = links.indices[links.indptr[position] : links.indptr[position + 1]][:5]
        texts = graph.parent[shown].texts
        key = [
            KeyNeighbor(f"id{other}", (text.split()[0],))
            for other, text in zip(shown, texts, strict=True)
            if true[other] == true[position]
        ]
        words = tuple(graph.parent[[position]].texts[0].split()[:2])
        names = tuple(f"id{other}" for other in shown)
        said = {str(true[position]): 1.0}
        records.append(Rationale(f"id{position}", said, names, words, tuple(key)))
    return graph.annotated(rationales=check_rationales(records, graph, CLASSES))


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(large_arrays, "_BLOCK", 16)


def test_every_option_of_every_step_is_tried():
    known = {
        step: SAME.get(step, []) + REFUSED.get(step, []) for step in {*SAME, *REFUSED}
    }
    public = {getattr(baselines, name) for name in baselines.__all__}
    public |= {InterpreterGNNClassifier, DistilledStudentClassifier}
    assert known.keys() == public
    for step in (InterpreterGNNClassifier, DistilledStudentClassifier):
        tried = set(SHORT).union(*known[step])
        assert options_of(step) - tried == set()
    # A baseline's are those of a student.
    for step in public:
        assert options_of(step) <= options_of(DistilledStudentClassifier) | options_of(
            InterpreterGNNClassifier
        )


@pytest.mark.parametrize(("step", "options"), cases(SAME))
def test_what_goes_by_parts_says_what_memory_says(step, options, graphs):
    *both, true = graphs
    y = np.where(np.arange(N) % 4, "", true)
    said = []
    for graph in both:
        if step is DistilledStudentClassifier:
            teacher = InterpreterGNNClassifier(
                **given_to(InterpreterGNNClassifier, {"hidden_dim": 6})
            )
            graph = teacher.fit_transform(graph)
        model = step(**given_to(step, options)).fit(graph, y)
        raw = graph.parent.annotated() if step is InterpreterGNNClassifier else graph
        shares = [model.predict_proba(graph), model.predict_proba(graph[5:9])]
        if step is InterpreterGNNClassifier:
            shares.append(model.teach(graph).annotations["teacher"].probabilities)
        said.append([*shares, model.embed(raw)])
    for one, other in zip(*said, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize(("step", "options"), cases(REFUSED))
def test_what_does_not_is_refused_before_anything(step, options, graphs):
    whole, by_parts, true = graphs
    built = by_parts.by_parts.folder / "built"
    before = sorted(built.rglob("*"))
    name = options.get("backbone", step.__name__.removesuffix("Classifier").lower())
    message = rf"backbone='{name}' holds the whole graph.*without max_memory"
    model = step(**given_to(step, options))
    with pytest.raises(ValueError, match=message):
        model.fit(by_parts, true)
    model.fit(whole, true)
    with pytest.raises(ValueError, match=message):
        model.predict(by_parts)
    assert sorted(built.rglob("*")) == before


def test_views_that_were_killed_go_on_and_say_the_same(graphs, monkeypatch):
    whole, by_parts, true = graphs
    y = np.where(np.arange(N) % 3, "", true)
    options = given_to(DistilledStudentClassifier, {**VIEWS, "random_state": 7})
    built, calls = by_parts.by_parts.folder / "built", []
    propagate = propagation.propagate_block

    def dies(*task):
        calls.append(task)
        if task[-1].factor is not None and len(calls) % 2:
            raise KeyboardInterrupt
        propagate(*task)

    monkeypatch.setattr(propagation, "propagate_block", dies)
    n_killed = 0
    while True:
        try:
            model = DistilledStudentClassifier(**options).fit(by_parts, y)
            break
        except KeyboardInterrupt:
            n_killed += 1
    assert n_killed > 2
    expected = DistilledStudentClassifier(**options).fit(whole, y)
    shares = model.predict_proba(by_parts), expected.predict_proba(whole)
    assert_array_equal(*shares)
    left = [path.name for path in built.rglob("*") if path.is_dir()]
    assert not [name for name in left if name.startswith(("views-", "heard-"))]


@pytest.mark.parametrize(
    "strategy", [*sorted(STRATEGIES), AutoSelection(HashingEncoder(9), n_rounds=2)]
)
def test_every_selection_chooses_the_same(strategy, graphs):
    chosen = [
        select_nodes(
            graph,
            np.arange(0, N, 2),
            9,
            strategy=strategy,
            encoder=HashingEncoder(12),
            classes=dict.fromkeys(CLASSES, ""),
            max_per_class=6,
        )
        for graph in graphs[:2]
    ]
    assert_array_equal(*chosen)
