"""Class profiles, two clients and an early end, in one purse."""

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_tagkd import LLMRationaleTransformer, TextGraph, datasets
from sklearn_tagkd.asking.stopping import look_ahead
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.rationales import (
    ClassProfile,
    Rationale,
    RationaleTable,
    check_rationales,
    write_answers,
    write_profiles,
)
from tests.llm.helpers import CLASSES, make_client

PROFILES = [
    ClassProfile("politics", "votes and laws", ("vote",), ("The vote was close.",)),
    ClassProfile("sport", "games", ("goal",), ("A late goal.", "The cup final.")),
]


@pytest.fixture
def graph():
    texts = [f"privatetext{i} about a late goal" for i in range(12)]
    return TextGraph(texts, [(i, i + 1) for i in range(11)])


@pytest.fixture
def profiles(tmp_path):
    path = tmp_path / "profiles.jsonl"
    write_profiles(PROFILES, path)
    return path


def test_class_names_alone_send_no_text_of_the_graph(graph, tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        step = LLMRationaleTransformer(
            client, CLASSES, max_nodes=0, class_profiles="ask"
        )
        plan = step.plan(graph)
        assert (plan.requests, plan.n_texts, server.log.n_requests) == (2, 0, 0)
        assert "privatetext" not in plan.sample_prompt
        annotated = step.fit_transform(graph)
        again = clone(step).fit(graph)
    table = annotated.annotations["profiles"]
    assert len(annotated.annotations["rationales"]) == 0
    assert step.n_requests_ == 2
    assert again.usage_["requests"] == 0
    assert again.usage_["cache_hits"] == 2
    assert table.labelled_documents()[0][0].startswith("politics number 0")
    assert (step.n_asked_, step.n_answered_) == (0, 0)


def test_style_is_shown_where_it_is_wanted(graph, tmp_path):
    with LocalServer() as server:
        step = LLMRationaleTransformer(
            make_client(server, tmp_path), CLASSES, max_nodes=0, class_profiles="ask"
        )
        shown = clone(step).set_params(show_style=True)
        assert step.plan(graph).n_texts == 0
        plan = shown.plan(graph)
    assert plan.n_texts == 3
    assert "privatetext" in plan.sample_prompt


def test_questions_about_nodes_have_the_descriptions(graph, tmp_path, profiles):
    with LocalServer() as server:
        step = LLMRationaleTransformer(
            make_client(server, tmp_path),
            ["politics", "sport"],
            max_nodes=2,
            class_profiles=profiles,
        )
        (question, _) = step.questions(graph)
        assert question.classes == {"politics": "votes and laws", "sport": "games"}
        kept = clone(step).set_params(classes=CLASSES)
        assert kept.questions(graph)[0].classes["sport"] == CLASSES["sport"]


def test_one_purse_for_classes_and_nodes(graph, tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path)
        step = LLMRationaleTransformer(
            client, CLASSES, max_nodes=4, class_profiles="ask", max_cost=0.0
        )
        with pytest.warns(RationaleWarning, match="over_budget"):
            step.fit(graph)
        assert server.log.n_requests == 0
    assert step.report_["class abstained: over_budget"] == 2
    assert step.report_["abstained: over_budget"] == 4
    assert step.cost_ == 0


def test_a_cut_off_or_useless_profile_is_left_out(graph, tmp_path):
    with LocalServer(faults=["truncated"] * 2) as server:
        step = LLMRationaleTransformer(
            make_client(server, tmp_path, repair=False),
            CLASSES,
            max_nodes=0,
            class_profiles="ask",
        )
        with pytest.warns(RationaleWarning, match="truncated 2"):
            annotated = step.fit_transform(graph)
    assert sum(step.report_.values()) == 2
    assert len(annotated.annotations["profiles"]) == 0


def test_profiles_of_a_file_answer_for_the_model(graph, tmp_path, profiles):
    path = tmp_path / "answers.jsonl"
    write_answers(path, [Rationale(0, {"sport": 1.0}), Rationale(5, {"politics": 1.0})])
    teacher = RecordedAnswers(path, profiles=profiles)
    assert teacher.answers_classes
    asked, read, listed = (
        LLMRationaleTransformer(llm, class_profiles=given).fit_transform(graph)
        for llm, given in [
            (teacher, "ask"),
            (RecordedAnswers(path), profiles),
            (RecordedAnswers(path), PROFILES),
        ]
    )
    for annotated in (asked, read, listed):
        assert annotated.annotations["profiles"].to_records() == PROFILES
        assert len(annotated.annotations["rationales"]) == 2
    with pytest.raises(ValueError, match="answers no questions about classes"):
        LLMRationaleTransformer(RecordedAnswers(path), class_profiles="ask").fit(graph)


def test_nobody_need_be_asked(graph, profiles):
    step = LLMRationaleTransformer(class_profiles=profiles, max_nodes=0)
    annotated = step.fit_transform(graph)
    assert step.classes_.tolist() == ["politics", "sport"]
    assert isinstance(annotated.annotations["rationales"], RationaleTable)


def test_what_profiles_drop_is_counted(graph, profiles):
    step = LLMRationaleTransformer(
        classes=["sport", "film"], class_profiles=profiles, max_nodes=0
    )
    with pytest.warns(RationaleWarning, match="left out: 1"):
        step.fit(graph)
    assert step.report_ == {"profiles: unknown_class": 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_profiles": "nowhere.jsonl", "max_nodes": 0}, "no file of class prof"),
        ({"class_profiles": [1], "max_nodes": 0}, "must be None"),
        ({"max_nodes": 0}, "nothing would be known"),
        ({"max_nodes": [1, 2]}, "a pair only where"),
        ({"llm": [len, len, len]}, "got 3"),
    ],
)
def test_what_cannot_be_is_refused(graph, options, message):
    step = LLMRationaleTransformer(**({"llm": len, "classes": ["a", "b"]} | options))
    with pytest.raises((ValueError, TypeError, FileNotFoundError), match=message):
        step.fit(graph)


@pytest.fixture(scope="module")
def docs():
    return datasets.load_docs()


def recorded(docs, folder, name, nodes, labels):
    path = folder / f"{name}.jsonl"
    ids = docs.graph.node_ids
    pairs = zip(nodes, labels, strict=True)
    write_answers(path, [Rationale(ids[i], {str(label): 1.0}) for i, label in pairs])
    return RecordedAnswers(path)


def test_a_cascade_believes_the_cheap_one_where_the_strong_one_confirms(docs, tmp_path):
    random = np.random.default_rng(0)
    n = len(docs.graph)
    said = docs.target.copy()
    wrong = random.random(n) < 0.4
    said[wrong] = random.choice(docs.target_names, wrong.sum())
    cheap = recorded(docs, tmp_path, "cheap", range(n), said)
    strong = recorded(docs, tmp_path, "strong", range(n), docs.target)
    step = LLMRationaleTransformer([cheap, strong], max_nodes=[600, 60])
    table = step.fit_transform(docs.graph).annotations["rationales"]
    told = np.array(docs.target_names)[table.probabilities.argmax(axis=1)]
    right = told == docs.target[table.positions]
    assert len(table) > 150
    assert right.mean() > 0.85 > (~wrong).mean()
    assert step.report_["cheap_unconfirmed"] > 100
    assert 600 <= step.n_asked_ <= 660


def test_a_cascade_has_one_plan_and_one_purse(graph, tmp_path):
    with LocalServer() as server:
        cheap = make_client(server, tmp_path)
        strong = make_client(server, tmp_path, temperature=0.5)
        step = LLMRationaleTransformer([cheap, strong], CLASSES, max_nodes=10)
        assert step.plan(graph).requests == 12
        step.fit(graph)
        assert step.n_requests_ == 12
        broke = clone(step).set_params(max_cost=0.0, max_neighbors=1)
        assert broke.fit(graph).n_requests_ == 0
        assert broke.report_["cheap abstained: over_budget"] == 8


def table_of(docs, nodes, labels):
    ids = docs.graph.node_ids
    records = [
        Rationale(ids[i], {str(label): 1.0})
        for i, label in zip(nodes, labels, strict=True)
    ]
    return check_rationales(records, docs.graph, docs.target_names)


def test_the_curve_falls_and_says_nothing_of_few(docs):
    order = np.random.default_rng(0).permutation(len(docs.graph))
    gains = []
    for k in (100, 400, 1200):
        outlook = look_ahead(
            docs.graph, table_of(docs, order[:k], docs.target[order[:k]]), 2.0
        )
        gains.append(outlook.expected_gain)
        assert outlook.cost == pytest.approx(2.0 / k * 50)
        assert 0 < outlook.agreement <= 1
    assert gains[0] > gains[1] > gains[2] >= 0
    few = look_ahead(docs.graph, table_of(docs, order[:20], docs.target[:20]), None)
    assert np.isnan(few.expected_gain)
    assert few.pays(5.0)


def test_asking_ends_where_it_does_not_pay(docs, tmp_path):
    n = len(docs.graph)
    guesses = np.random.default_rng(0).choice(docs.target_names, n)
    teachers = {
        "guess": recorded(docs, tmp_path, "guess", range(n), guesses),
        "know": recorded(docs, tmp_path, "know", range(n), docs.target),
    }
    asked = {}
    for name, teacher in teachers.items():
        step = LLMRationaleTransformer(teacher, max_nodes=600, stop="auto")
        step.fit(docs.graph)
        asked[name] = step.n_asked_
        assert step.outlook_[-1]["n_answered"] == step.n_asked_
        if step.n_asked_ < 600:
            assert "50 more answers are expected to bring" in step.stop_reason_
    assert asked["guess"] < 600
    assert asked["guess"] <= asked["know"]
    never = LLMRationaleTransformer(teachers["guess"], max_nodes=200).fit(docs.graph)
    assert (never.n_asked_, never.outlook_) == (200, [])
    assert never.stop_reason_ == "all were asked (max_nodes=200)"


def test_any_strategy_can_end_early(docs, tmp_path):
    n = len(docs.graph)
    guesses = np.random.default_rng(0).choice(docs.target_names, n)
    teacher = recorded(docs, tmp_path, "guess", range(n), guesses)
    step = LLMRationaleTransformer(
        teacher, max_nodes=400, stop=3.0, selection="random"
    ).fit(docs.graph)
    assert step.n_asked_ < 400
