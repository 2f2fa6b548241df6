"""What is found out, foreseen and refused before anybody is paid."""

import json
import pickle
from os import PathLike

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.exceptions import AnswerFormatError, RationaleWarning
from sklearn_tagkd.llm import CallableClient, RecordedAnswers
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.rationales import (
    ClassProfile,
    Rationale,
    write_answers,
    write_profiles,
)
from tests.llm.helpers import CLASSES, make_client

NAMES = sorted(CLASSES)
PROFILES = [
    ClassProfile("politics", "votes and laws", ("vote",), ("The vote was close.",)),
    ClassProfile("sport", "games", ("goal",), ("A late goal.", "The cup final.")),
]


@pytest.fixture
def graph():
    texts = [f"privatetext{i} about a late goal" for i in range(12)]
    return TextGraph(texts, [(i, i + 1) for i in range(11)])


def asking(server, folder, classes=NAMES, **options):
    chosen = {"class_profiles": "ask", "selection": "random", **options}
    return LLMRationaleTransformer(make_client(server, folder), classes, **chosen)


def describing(description):
    """Return a model that describes every class so, and names the first."""

    def model(messages):
        if "You describe one class" in messages[0]["content"]:
            asked = messages[-1]["content"].rpartition("Describe the class: ")[2]
            return json.dumps(
                {
                    "description": description,
                    "keywords": [f"{asked} word"],
                    "documents": [f"A document about {asked}."],
                }
            )
        return json.dumps(
            {
                "label": "c0",
                "probabilities": [{"class": "c0", "probability": 1.0}],
                "keywords": [],
                "neighbors": [],
                "explanation": "",
            }
        )

    return model


@pytest.mark.parametrize("classes", [NAMES, CLASSES])
def test_a_plan_knows_what_is_known(graph, tmp_path, classes):
    with LocalServer() as server:
        step = asking(server, tmp_path, classes, max_nodes=5)
        before = step.plan(graph)
        assert before.requests == 7
        step.fit(graph)
        after = step.plan(graph)
        assert (after.requests, after.n_known, after.n_texts) == (0, 7, 0)
        assert after.notes == ()
        again = clone(step).fit(graph)
        assert again.usage_["requests"] == 0
        asked = step.questions(graph)
        assert "about politics" in asked[-1].classes["politics"]


def test_a_plan_counts_what_answers_about_classes_bring(graph, tmp_path):
    description = "documents about one thing, set off against all the other things"
    with LocalServer() as server:
        plans = [
            asking(
                server, tmp_path, classes, max_nodes=5, class_profiles=profiles
            ).plan(graph)
            for classes, profiles in [
                (NAMES, "ask"),
                (NAMES, None),
                (dict.fromkeys(NAMES, description), None),
            ]
        ]
    for_nodes = plans[0].tokens_in - plans[1].tokens_in
    per_node = (plans[2].tokens_in - plans[1].tokens_in) / 5
    assert for_nodes > 5 * per_node
    assert any("descriptions that come" in note for note in plans[0].notes)
    assert plans[1].notes == plans[2].notes == ()
    # Twenty phrases and ten documents are longer than what is said of a node.
    assert plans[0].tokens_out - plans[1].tokens_out > 2 * 500


def test_a_plan_of_nobody_is_empty(graph):
    plan = LLMRationaleTransformer(class_profiles=PROFILES, max_nodes=0).plan(graph)
    assert (plan.requests, plan.n_texts, plan.cost, plan.most_tokens) == (0, 0, 0, 0)
    assert "texts sent       0" in str(plan)


@pytest.mark.parametrize(
    ("n_classes", "description"),
    [
        (200, "Documents on this, unlike those of its neighbours, which treat others."),
        (40, "long " * 390),
        (2, "long " * 390),
        (3, "x" * 2_000),
        (3, "漢" * 1_900),
    ],
)
def test_descriptions_leave_room_for_texts(graph, n_classes, description):
    names = [f"c{number}" for number in range(n_classes)]
    client = CallableClient(describing(description), progress=False)
    step = LLMRationaleTransformer(
        client, names, class_profiles="ask", max_nodes=5, selection="random"
    ).fit(graph)
    assert step.n_answered_ == 5
    question = step.questions(graph)[-1]
    prompt = "".join(message["content"] for message in client.messages(question))
    assert question.text in prompt
    if n_classes == 2:
        assert "long long" in prompt


def test_a_user_s_own_descriptions_stay_whole(graph):
    own = {f"c{number}": "mine " * 40 for number in range(20)}
    client = CallableClient(describing("asked " * 300), progress=False)
    step = LLMRationaleTransformer(
        client, own | {"c99": ""}, class_profiles="ask", max_nodes=2
    )
    step.fit(graph)
    shown = step.questions(graph)[-1].classes
    assert shown["c3"] == own["c3"]
    assert 0 < len(shown["c99"]) < 400


def test_style_is_shown_by_texts_that_can_be_read(tmp_path):
    blanks = ["", "  ", "\n", "\u200b"] * 30
    with LocalServer() as server:
        step = asking(server, tmp_path, max_nodes=0, show_style=True)
        plan = step.plan(TextGraph([*blanks, "the only one"], []))
        assert plan.n_texts == 1
        assert plan.sample_prompt.count("<example>\n") == 1
        assert "the only one" in plan.sample_prompt
        plan = step.plan(TextGraph(["twice"] * 50 + ["once"], []))
        assert plan.sample_prompt.count("twice") == 1
        assert plan.sample_prompt.count("<example>\n") == 2


def test_a_style_of_blanks_is_none(tmp_path):
    texts = ["something to read", *[" "] * 5]
    with LocalServer() as server:
        step = asking(server, tmp_path, max_nodes=0, show_style=True)
        plan = step.plan(TextGraph(texts, [])[1:])
    assert "<example>\n" not in plan.sample_prompt
    assert plan.n_texts == 0


@pytest.mark.parametrize("texts", [None, [" "] * 10])
def test_classes_are_not_asked_about_for_a_graph_without_texts(tmp_path, texts):
    graph = TextGraph(texts, [], range(10), np.eye(10))
    with LocalServer() as server:
        step = asking(server, tmp_path, max_nodes=0)
        for method in (step.plan, step.fit):
            with pytest.raises(ValueError, match="has no texts"):
                method(graph)
        assert server.log.n_requests == 0


@pytest.mark.parametrize("options", [{"max_nodes": 0}, {"class_profiles": None}])
@pytest.mark.parametrize("classes", [["sport"], []])
def test_one_class_is_not_asked_about(graph, tmp_path, options, classes):
    with LocalServer() as server:
        step = asking(server, tmp_path, classes, **({"max_nodes": 5} | options))
        with pytest.raises(ValueError, match="fewer than two"):
            step.fit(graph)
        assert server.log.n_requests == 0


@pytest.mark.parametrize(
    "max_nodes", [[5], [1, 2, 3], [], ["a", 2], [-1, 3], [2.5, 1], (3, float("nan"))]
)
def test_two_clients_take_two_numbers(graph, max_nodes):
    step = LLMRationaleTransformer([len, abs], NAMES, max_nodes=max_nodes)
    with pytest.raises(ValueError, match=r"one number of nodes or two, such as"):
        step.fit(graph)


@pytest.mark.parametrize("llm", [[None, len], [len, None], [], (len,)])
def test_two_clients_are_two(graph, llm):
    with pytest.raises(ValueError, match="must be one client, or"):
        LLMRationaleTransformer(llm, NAMES, max_nodes=3).fit(graph)


def test_neither_of_two_is_asked_about_anything(graph):
    step = LLMRationaleTransformer([len, abs], NAMES, max_nodes=[0, 0])
    with pytest.raises(ValueError, match="nothing would be known"):
        step.fit(graph)


class _Place(PathLike):
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return str(self.path)


def test_a_file_of_profiles_is_any_path_and_not_empty(graph, tmp_path):
    path = tmp_path / "profiles.jsonl"
    write_profiles(PROFILES, path)
    for given in (path, str(path), _Place(path)):
        step = LLMRationaleTransformer(class_profiles=given, max_nodes=0).fit(graph)
        assert step.classes_.tolist() == NAMES
    path.write_text("\n \n")
    step = LLMRationaleTransformer(class_profiles=path, max_nodes=0)
    with pytest.raises(AnswerFormatError, match="it is empty"):
        step.fit(graph)


def test_profiles_name_classes_that_no_answer_names(graph, tmp_path):
    answers, path = tmp_path / "answers.jsonl", tmp_path / "profiles.jsonl"
    write_answers(answers, [Rationale(0, {"sport": 1.0})])
    write_profiles(PROFILES, path)
    for llm, profiles in [
        (RecordedAnswers(answers), PROFILES),
        (RecordedAnswers(answers, profiles=path), "ask"),
    ]:
        step = LLMRationaleTransformer(llm, class_profiles=profiles)
        table = step.fit_transform(graph).annotations["profiles"]
        assert step.classes_.tolist() == NAMES
        assert len(table) == 2


@pytest.mark.parametrize("stop", [None, "auto"])
def test_asking_ends_and_says_so_where_money_ends(graph, tmp_path, stop):
    texts = [f"text {i}" for i in range(100)]
    many = TextGraph(texts, [])
    with LocalServer() as server:
        client = make_client(server, tmp_path, max_requests=7)
        step = LLMRationaleTransformer(client, NAMES, max_nodes=60, stop=stop)
        with pytest.warns(RationaleWarning, match="over_budget"):
            step.fit(many)
    assert step.n_answered_ == 7
    n_unpaid = step.report_["abstained: over_budget"]
    assert step.n_asked_ == 7 + n_unpaid < 60
    assert step.stop_reason_ == (
        f"a limit on cost, requests or tokens was reached: {n_unpaid} of "
        f"{step.n_asked_} nodes (max_nodes=60) were not asked about"
    )


@pytest.mark.parametrize("probabilities", ["logprobs", "agreement"])
def test_classes_are_described_wherever_probabilities_come_from(
    graph, tmp_path, probabilities
):
    options = {"n_samples": 3, "temperature": 0.7}
    chosen = options if probabilities == "agreement" else {}
    with LocalServer() as server:
        client = make_client(server, tmp_path, probabilities=probabilities, **chosen)
        step = LLMRationaleTransformer(
            client, NAMES, max_nodes=3, class_profiles="ask", selection="random"
        )
        plan = step.plan(graph)
        annotated = step.fit_transform(graph)
    assert plan.requests == step.n_requests_ == (11 if chosen else 5)
    assert len(annotated.annotations["profiles"]) == 2
    assert step.report_ == {}


def test_batches_ask_about_classes_first(graph, tmp_path):
    with LocalServer() as server:
        client = make_client(server, tmp_path, mode="batch")
        step = LLMRationaleTransformer(
            client, NAMES, max_nodes=4, class_profiles="ask", selection="random"
        )
        annotated = step.fit_transform(graph)
        assert step.n_requests_ == 6
        assert clone(step).fit(graph).n_requests_ == 0
        assert step.plan(graph).requests == 0
    assert len(annotated.annotations["profiles"]) == 2
    assert step.n_answered_ == 4


def numbered(names):
    return [ClassProfile(name, documents=[f"About {name}."]) for name in names]


def test_numbers_that_y_lacks_are_taken_from_answers_and_profiles(graph, tmp_path):
    path = tmp_path / "answers.jsonl"
    write_answers(path, [Rationale(i, {str(i % 3): 1.0}) for i in range(9)])
    y = np.where(np.arange(12) < 2, np.arange(12) % 2, -1)
    step = LLMRationaleTransformer(RecordedAnswers(path)).fit(graph, y)
    assert step.classes_.tolist() == [0, 1, 2]
    assert step.n_answered_ == 9
    step = LLMRationaleTransformer(class_profiles=numbered("01234"), max_nodes=0)
    table = step.fit_transform(graph, y).annotations["profiles"]
    assert step.classes_.tolist() == [0, 1, 2, 3, 4]
    assert len(table) == 5
    step = LLMRationaleTransformer(class_profiles=numbered(["0", "1", "x", "-1", "02"]))
    step.set_params(max_nodes=0)
    with pytest.warns(RationaleWarning, match="left out: 3"):
        step.fit(graph, y)
    assert step.classes_.tolist() == [0, 1]


@pytest.mark.parametrize("name", ["Sport", " sport", "SPORT "])
def test_a_profile_that_is_misspelt_makes_no_class(graph, tmp_path, name):
    path = tmp_path / "answers.jsonl"
    write_answers(path, [Rationale(i, {"sport": 1.0}) for i in range(9)])
    step = LLMRationaleTransformer(
        RecordedAnswers(path), class_profiles=numbered([name, "politics"])
    )
    with pytest.warns(RationaleWarning, match="left out: 1"):
        step.fit(graph)
    assert step.classes_.tolist() == NAMES


def test_numbers_beside_profiles_of_names_are_told(graph):
    step = LLMRationaleTransformer(class_profiles=PROFILES, max_nodes=0)
    with pytest.raises(ValueError, match="class profiles name classes such as 'polit"):
        step.fit(graph, np.arange(12) % 2)


def test_a_name_is_one_class_however_its_letters_are_composed(graph, tmp_path):
    path = tmp_path / "answers.jsonl"
    write_answers(path, [Rationale(i, {"Cafe\u0301": 1.0}) for i in range(9)])
    y = np.array(["Caf\u00e9", "bar", *[""] * 10])
    step = LLMRationaleTransformer(
        RecordedAnswers(path), class_profiles=numbered(["Cafe\u0301", "bar"])
    ).fit(graph, y)
    assert step.classes_.tolist() == ["Caf\u00e9", "bar"]
    assert step.n_answered_ == 9


def test_a_cached_pipeline_notices_other_profiles(graph, tmp_path):
    path = tmp_path / "profiles.jsonl"
    write_profiles(PROFILES, path)
    step = LLMRationaleTransformer(class_profiles=path, max_nodes=0)
    pipeline = make_pipeline(step, "passthrough", memory=str(tmp_path / "cache"))
    first = pipeline.fit_transform(graph).annotations["profiles"]
    assert pipeline.fit_transform(graph).annotations["profiles"] is not first
    write_profiles([ClassProfile(name, "other") for name in NAMES], path)
    second = pipeline.fit_transform(graph).annotations["profiles"]
    assert first.to_records() == PROFILES
    assert second.descriptions[0] == "other"
    assert not vars(pickle.loads(pickle.dumps(step))).keys() - vars(step).keys()
