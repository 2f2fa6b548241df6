import numpy as np
import pytest
from sklearn.base import clone

from sklearn_tagkd import LLMRationaleTransformer, TextGraph
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import RationaleClient, RecordedAnswers
from sklearn_tagkd.rationales import Rationale
from sklearn_tagkd.selection import FeatPropSelection


class Listening(RationaleClient):
    """Answers with each class in turn and keeps the questions."""

    def __init__(self):
        self.questions = []

    def ask(self, questions):
        self.questions += questions
        return [
            Rationale(q.node, {list(q.classes)[n % len(q.classes)]: 1.0})
            for n, q in enumerate(questions)
        ]


def test_fit_transform_annotates_and_transform_passes_through(toy):
    step = LLMRationaleTransformer(llm=RecordedAnswers(toy.answers))
    annotated = step.fit_transform(toy.graph)
    assert len(annotated.annotations["rationales"]) == 30
    assert dict(toy.graph.annotations) == {}
    assert step.transform(toy.graph) is toy.graph
    assert (step.n_asked_, step.n_answered_) == (30, 30)
    assert {kind.partition("percent")[0] for kind in step.report_} == {"teacher_right_"}
    assert step.classes_.tolist() == ["cooking", "music", "space"]


def test_only_nodes_of_the_view_are_asked_about(toy):
    step = LLMRationaleTransformer(llm=RecordedAnswers(toy.answers), max_nodes=5)
    view = toy.graph[[9, 8, 7, 6, 6]]
    table = step.fit_transform(view).annotations["rationales"]
    assert table.positions.tolist() == [6, 8]


def test_folds_agree_on_whom_to_ask_first(toy):
    def chosen(rows):
        step = LLMRationaleTransformer(llm=RecordedAnswers(toy.answers), max_nodes=8)
        graph = step.fit_transform(toy.graph[rows])
        return set(graph.annotations["rationales"].positions.tolist())

    everything = np.arange(60)
    folds = [everything[everything % 3 != k] for k in range(3)]
    union = set().union(*map(chosen, folds), chosen(everything))
    assert chosen(everything) == chosen(everything[::-1])
    assert len(union) <= 16  # 3 x 8 if each fold drew its own


def test_the_seed_decides(toy):
    def chosen(seed):
        step = LLMRationaleTransformer(
            llm=RecordedAnswers(toy.answers), max_nodes=8, random_state=seed
        )
        return step.fit_transform(toy.graph).annotations["rationales"].positions

    assert (chosen(1) == chosen(1)).all()
    assert (chosen(1) != chosen(2)).any()


def test_a_question_holds_texts_of_linked_nodes_alone(toy):
    client = Listening()
    LLMRationaleTransformer(
        llm=client, classes={"space": "stars", "music": ""}, max_neighbors=3
    ).fit(toy.graph)
    assert len(client.questions) == 60
    links = toy.graph.adjacency.toarray()
    for position, question in enumerate(client.questions):
        assert question.text == toy.graph.texts[position]
        shown = toy.graph.positions(question.neighbors)
        assert links[position, shown].all()
        assert len(set(shown)) == len(shown) == min(3, links[position].sum())
        assert question.neighbor_texts == tuple(toy.graph.parent[shown].texts)
        assert question.classes == {"space": "stars", "music": ""}


def test_questions_do_not_depend_on_what_else_is_asked(toy):
    first, second = Listening(), Listening()
    LLMRationaleTransformer(llm=first, classes=["x"], random_state=1).fit(toy.graph)
    LLMRationaleTransformer(llm=second, classes=["x"], random_state=2).fit(
        toy.graph[[7]]
    )
    assert second.questions == [first.questions[7]]


def test_classes_come_from_y_and_the_client(toy):
    y = np.array(["music", "opera", ""] * 20)
    step = LLMRationaleTransformer(llm=RecordedAnswers(toy.answers)).fit(toy.graph, y)
    assert step.classes_.tolist() == ["cooking", "music", "opera", "space"]
    assert step.n_answered_ == 30


def test_answers_outside_the_given_classes_are_left_out_with_a_warning(toy):
    step = LLMRationaleTransformer(
        llm=RecordedAnswers(toy.answers), classes=["music", "opera"]
    )
    with pytest.warns(RationaleWarning, match="could not be believed"):
        step.fit(toy.graph)
    assert step.report_["abstained: unknown_class"] == 30
    assert step.n_answered_ == 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ValueError, "nobody to ask"),
        ({"llm": object()}, ValueError, "'ask'"),
        ({"llm": Listening()}, ValueError, "names a class"),
        ({"llm": Listening(), "max_nodes": 0}, ValueError, "'max_nodes'"),
        ({"llm": Listening(), "classes": [-1, 0, 1]}, ValueError, "classes holds -1"),
        ({"llm": Listening(), "classes": {"a": "", "": "x"}}, ValueError, "holds ''"),
        (
            {"llm": Listening(), "classes": ["a", np.nan]},
            ValueError,
            "classes holds nan",
        ),
        ({"llm": Listening(), "classes": ["a"], "encoder": 3}, ValueError, "'encoder'"),
    ],
)
def test_what_cannot_work_is_refused(toy, options, error, message):
    with pytest.raises(error, match=message):
        LLMRationaleTransformer(**options).fit(toy.graph)


def test_ids_of_another_type_are_pointed_out(toy):
    numbered = TextGraph(toy.graph.texts, [(0, 1)])
    step = LLMRationaleTransformer(llm=RecordedAnswers(toy.answers))
    with pytest.raises(
        ValueError,
        match=r"ids are str such as 'n.*', the graph's are int such as 0; give",
    ):
        step.fit(numbered)


def test_a_recorded_node_that_is_gone_is_counted(toy):
    step = LLMRationaleTransformer(llm=RecordedAnswers(toy.answers))
    step.fit(toy.graph[:40].induced())
    assert step.report_["unknown_node"] == 10
    assert step.n_asked_ == 20


def test_arrays_pass_through():
    X = np.arange(6.0).reshape(3, 2)
    step = LLMRationaleTransformer()
    assert (step.fit_transform(X) == X).all()
    assert (step.transform(X) == X).all()


def test_minus_one_that_is_a_class_is_refused_before_anybody_is_asked(toy):
    client = Listening()
    with pytest.raises(ValueError, match="All labels in y are 1: -1"):
        LLMRationaleTransformer(client).fit(toy.graph, [-1, 1] * 30)
    assert client.questions == []
    # Unlabelled nodes of a search label-free are no reason to refuse.
    LLMRationaleTransformer(client, classes=[0, 1]).fit(toy.graph, [-1] * 60)


@pytest.mark.parametrize("classes", [["-1", "0", "1"], {"-1.0": "bad", "1.0": "good"}])
def test_a_class_by_the_digits_of_minus_one_beside_numbers(toy, classes):
    client = Listening()
    step = LLMRationaleTransformer(client, classes=classes)
    with pytest.raises(ValueError, match=r"classes holds '-1.*means unlabelled in y"):
        step.fit(toy.graph, [-1, 0, 1] * 20)
    assert client.questions == []
    step.fit(toy.graph)  # where there is no y it is a name as any other


def test_a_plan_needs_somebody_to_ask_and_a_graph(toy):
    with pytest.raises(ValueError, match=r"llm=None.*llm=OpenAIClient\(model\)"):
        LLMRationaleTransformer(classes=["a", "b"]).plan(toy.graph)
    step = LLMRationaleTransformer(lambda messages: "", classes=["a", "b"])
    with pytest.raises(TypeError, match=r"got X of type list: TextGraph"):
        step.plan([[1.0]])
    with pytest.raises(ValueError, match="has no plan"):
        LLMRationaleTransformer(Listening(), classes=["a", "b"]).plan(toy.graph)


class Embedding:
    """Embeds texts, and keeps how many it was given."""

    def __init__(self):
        self.n_texts = 0

    def encode(self, texts):
        self.n_texts += len(texts)
        return [[len(text), text.count("e"), 1.0] for text in texts]


@pytest.mark.parametrize("selection", ["featprop", "typical", "uncertainty"])
def test_a_named_selection_takes_the_encoder_of_the_step(toy, selection):
    encoder = Embedding()
    step = LLMRationaleTransformer(
        RecordedAnswers(toy.answers), max_nodes=15, selection=selection, encoder=encoder
    )
    step.fit(toy.graph)
    assert encoder.n_texts == len(set(toy.graph.texts))
    clone(step).fit(toy.graph)
    assert encoder.n_texts == len(set(toy.graph.texts))


def test_a_strategy_that_is_given_keeps_its_encoder(toy):
    encoder, other = Embedding(), Embedding()
    step = LLMRationaleTransformer(
        RecordedAnswers(toy.answers),
        max_nodes=10,
        selection=FeatPropSelection(encoder),
        encoder=other,
    )
    for _ in range(2):
        step = clone(step).fit(toy.graph)
    assert (encoder.n_texts, other.n_texts) == (len(set(toy.graph.texts)), 0)


def test_clones_share_the_client(toy):
    client = RecordedAnswers(toy.answers)
    assert clone(LLMRationaleTransformer(llm=client)).llm is client
