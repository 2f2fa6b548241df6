"""Scores of explanations: against PyG's, and where the right value is known."""

import numpy as np
import pytest
import torch
from torch_geometric.explain import Explainer, Explanation, ModelConfig
from torch_geometric.explain.algorithm import DummyExplainer
from torch_geometric.explain.metric import fidelity

from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.inspection import explanation_scores
from sklearn_tagkd.inspection.explanation.paired import PairedScore
from sklearn_tagkd.inspection.explanation.phrases import text_phrases
from sklearn_tagkd.inspection.explanation.scoring import _measures
from sklearn_tagkd.inspection.explanation.trials import (
    Material,
    Trial,
    trials_of,
)
from tests.conftest import VOCABULARY, fast

NOTHING = np.empty((0, 2), dtype=np.int64)


def test_fidelity_is_that_of_pyg():
    torch.manual_seed(0)
    weight = torch.randn(6, 3)

    class Model(torch.nn.Module):
        def forward(self, x, edge_index):
            return x @ weight

    rows = torch.randn(12, 6)
    mask = (torch.rand(12, 6) < 0.5).float()
    model = Model()
    explainer = Explainer(
        model,
        algorithm=DummyExplainer(),
        explanation_type="model",
        node_mask_type="attributes",
        model_config=ModelConfig(
            "multiclass_classification", "node", return_type="raw"
        ),
    )
    links = torch.empty((2, 0), dtype=torch.long)
    explanation = Explanation(
        x=rows,
        edge_index=links,
        node_mask=mask,
        target=model(rows, links).argmax(1),
        prediction=model(rows, links),
    )
    explanation._model_args = []
    plus, minus = fidelity(explainer, explanation)
    without = model(rows * (1 - mask), links).softmax(1).numpy()
    alone = model(rows * mask, links).softmax(1).numpy()
    full = model(rows, links).softmax(1).numpy()
    trials = [
        Trial("words", 5, draw, keeps, NOTHING, "")
        for draw in (-1, 0)
        for keeps in (False, True)
    ]
    found = [
        dict(
            _measures(
                "words",
                trials,
                np.array([full[i], without[i], alone[i], full[i], full[i]]),
                5,
                [5],
            )
        )
        for i in range(12)
    ]
    ours = [
        np.mean([row[f"fidelity_{s}"][0] for row in found]) for s in ("plus", "minus")
    ]
    assert ours == pytest.approx([plus, minus])
    assert 0 < plus < 1
    best = full.argmax(1)
    falls = full[np.arange(12), best] - without[np.arange(12), best]
    assert [row["comprehensiveness"][0] for row in found] == pytest.approx(falls)
    assert all(row["comprehensiveness"][1] == 0 for row in found)


@pytest.fixture(scope="module")
def planted():
    """Texts of one telling word among ten that tell nothing, links half of noise."""
    random = np.random.default_rng(0)
    names = sorted(VOCABULARY)
    noise = [f"w{i}" for i in range(40)]
    target = np.array([names[i % 3] for i in range(90)])
    texts, edges = [], []
    for i, name in enumerate(target):
        words = [*random.choice(noise, 9, replace=False), VOCABULARY[name][0]]
        texts.append(" ".join(random.permutation(words)))
        same = np.flatnonzero(target == name)
        edges += [(i, j) for j in random.choice(same, 2) if j != i]
        edges += [(i, j) for j in random.choice(90, 1) if j != i]
    model = DistilledStudentClassifier(**fast(max_iter=60))
    graph = TextGraph(texts, edges)
    return graph, model.fit(graph[:60], target[:60])


def test_what_is_named_matters_more_than_what_is_not(planted):
    graph, model = planted
    scores = explanation_scores(model, graph, range(60, 90), budget=2, budgets=(1, 2))
    for kind in ("links", "words", "both"):
        falls = scores[kind, "comprehensiveness"]
        assert falls.low > 0
        assert falls.explained > 2 * falls.random
        assert scores[kind, "comprehensiveness_area"].difference > 0
        assert scores[kind, "fidelity_plus"].difference >= 0
        assert 0 < falls.n_nodes <= 30
    assert scores["words", "sufficiency"].difference < 0
    assert any("no rationales" in note for note in scores.notes)


def test_scores_say_the_same_each_time_and_make_a_table(planted):
    graph, model = planted
    one, two = (
        explanation_scores(model, graph, [70, 71], budget=2, budgets=(2,), n_random=1)
        for _ in range(2)
    )
    frame = one.to_frame()
    assert frame.equals(two.to_frame())
    assert len(frame) == len(one.scores)
    assert frame["measure"].nunique() == 6
    assert "comprehensiveness: both" in repr(one)
    assert one._repr_html_().count("<tr>") == 1 + len(one.scores)
    with pytest.raises(KeyError):
        one["links", "beauty"]


def test_agreement_is_of_held_out_answers_alone(pipeline, toy, annotated):
    nodes = annotated.annotations["rationales"].positions[:12]
    learnt = explanation_scores(pipeline, toy.graph, nodes, budget=2, budgets=(2,))
    assert not [score for score in learnt.scores if score.measure == "agreement"]
    student = explanation_scores(pipeline[-1], annotated, nodes, budget=2, budgets=(2,))
    assert student["words", "agreement"].n_nodes > 5
    assert 0 <= student["words", "agreement"].explained <= 1
    assert any("is not known" in note for note in student.notes)


def test_choices_are_as_many_as_the_explanation_takes():
    text = "one, two, three, four, five, six"
    phrases = text_phrases(text + ", goal, cup, vote")
    pairs = np.array([[0, i] for i in range(1, 9)])
    material = Material(pairs, text, phrases, np.array([3, 1, 5]), np.array([0]))
    trials = trials_of(material, (1, 2, 5), 2, np.random.RandomState(0))
    assert {trial.kind for trial in trials} == {"links", "words", "both"}
    for budget, taken in ((1, 1), (2, 2), (5, 3)):
        some = [t for t in trials if (t.kind, t.budget) == ("links", budget)]
        assert [len(t.pairs) for t in some] == [taken, 8 - taken] * 3
        assert all(t.text is None for t in some)
    full = Material(pairs[:3], text, phrases, np.array([0, 1, 2]), np.array([0]))
    kinds = {t.kind for t in trials_of(full, (5,), 1, np.random.RandomState(0))}
    assert kinds == {"words"}  # of links there is nothing to choose


@pytest.mark.parametrize(
    "options",
    [
        {"budget": 0},
        {"budgets": ()},
        {"kinds": "links"},
        {"kinds": ["letters"]},
        {"n_random": 0},
        {"reach": 0},
    ],
)
def test_arguments_out_of_range(options, planted):
    graph, model = planted
    with pytest.raises(ValueError, match=next(iter(options))):
        explanation_scores(model, graph, [0], **options)


def test_links_alone_embed_no_text(planted, monkeypatch):
    graph, model = planted
    whole = explanation_scores(model, graph, range(60, 66), budget=2, budgets=(2,))
    monkeypatch.setattr(
        "sklearn_tagkd.inspection.explanation.scoring.embedded_phrases", None
    )
    links = explanation_scores(
        model, graph, range(60, 66), budget=2, budgets=(2,), kinds=["links"]
    )
    assert {score.kind for score in links.scores} == {"links"}
    ours = [s["links", "comprehensiveness"].explained for s in (links, whole)]
    assert ours[0] == pytest.approx(ours[1])


def test_intervals_hold_the_mean():
    random = np.random.default_rng(0)
    ours, theirs = random.normal(0.4, 0.1, 50), random.normal(0.1, 0.1, 50)
    score = PairedScore.of("links", "comprehensiveness", ours, theirs)
    assert score.low < score.difference < score.high
    assert score.low > 0.2
    assert score.ratio_low < score.ratio
    nothing = PairedScore.of("links", "comprehensiveness", ours, np.zeros(50))
    assert np.isnan(nothing.ratio)
