import copy
import pickle
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.inspection import explain, predict_set
from sklearn_tagkd.inspection.explanation.phrases import only, text_phrases, without
from sklearn_tagkd.preprocessing import InducedSubgraph
from tests.conftest import fast


def test_everything_there_is_to_say(pipeline, toy):
    found = explain(pipeline, toy.graph, ["n3", "n4"], budget=3)
    assert [item.node for item in found] == ["n3", "n4"]
    predicted = pipeline.predict(toy.graph[toy.graph.positions(["n3", "n4"])])
    for item, label in zip(found, predicted, strict=True):
        assert item.label == label != item.runner_up
        assert item.margin > 0
        for kind in ("words", "neighbors", "links", "taught_by"):
            effects = [one.effect for one in getattr(item, kind)]
            assert 0 < len(effects) <= 3
            assert min(effects) > 0
            assert effects == sorted(effects, reverse=True)
        linked = toy.graph.adjacency[toy.graph.positions([item.node])].indices
        ids = toy.graph.node_ids
        assert {one.what for one in item.neighbors} <= set(ids[linked])
        text = toy.graph.texts[toy.graph.positions([item.node])[0]]
        assert all(one.what in text for one in item.words)
        assert any("embedded anew" in note for note in item.notes)
        for one in item.taught_by:
            assert one.reason.node == one.what
            assert one.reason.keywords
            assert one.reason.explanation == "It says so."
    table = pipeline[0].rationales_
    asked = set(toy.graph.node_ids[table.positions])
    for item in explain(pipeline, toy.graph, toy.graph, parts=["taught_by"]):
        assert (item.rationale is not None) == (item.node in asked)


def test_the_weights_of_links_are_those_that_were_learnt(pipeline, toy):
    (item,) = explain(pipeline, toy.graph, [0], parts=["links"], reach=1)
    inputs = pipeline[-1]._inputs(toy.graph)
    for link in item.links:
        sender, receiver = toy.graph.positions(link.what)
        assert receiver == 0
        assert link.weight == pytest.approx(inputs.links[receiver, sender])
    assert len({link.weight for link in item.links}) > 1


def test_models_of_every_kind(pipeline, toy, annotated, tmp_path):
    nodes, parts = [1, 2], ["words", "links"]

    def effects(model):
        frame = explain(model, toy.graph, nodes, parts=parts).to_frame()
        return {
            (row.node, row.kind, row.what): row.effect for row in frame.itertuples()
        }

    whole = effects(pipeline)
    large = {key for key, effect in whole.items() if effect > 0.02}
    assert len(large) > 5
    path = tmp_path / "model.safetensors"
    sklearn_tagkd.save(pipeline, path)
    loaded = sklearn_tagkd.load(path)
    for model in (pipeline[-1], loaded, copy.deepcopy(pipeline)):
        again = effects(model)  # a file rounds weights, so that small ones may go
        assert large <= set(again)
        assert all(abs(again[key] - whole[key]) < 5e-3 for key in large)
    interpreter = explain(pipeline[1], toy.graph, nodes)
    assert interpreter[0].words
    search = GridSearchCV(
        DistilledStudentClassifier(**fast(max_iter=5)), {"dropout": [0.1]}, cv=2
    ).fit(toy.graph, toy.target)
    assert explain(search, toy.graph, nodes, parts=parts)[0].words


def test_pipelines_in_pipelines_are_the_same(pipeline, toy):
    first, then, last = (step for _, step in pipeline.steps)
    for model in (
        make_pipeline(make_pipeline(first, then), last),
        make_pipeline(first, make_pipeline(then, "passthrough", make_pipeline(last))),
    ):
        found, plain = (explain(m, toy.graph, ["n0"], 2) for m in (model, pipeline))
        assert found.to_frame().equals(plain.to_frame())
        assert found[0].taught_by
        sets = predict_set(model, toy.graph, 0.8, calibration=(toy.graph, toy.target))
        assert sets.n_calibration == len(toy.graph) - len(toy.records)


def test_a_file_holds_no_reasons_and_a_graph_may(pipeline, toy, annotated, tmp_path):
    path = tmp_path / "model.safetensors"
    sklearn_tagkd.save(pipeline, path)
    loaded = sklearn_tagkd.load(path)
    (silent,) = explain(loaded, toy.graph, [0], parts=["taught_by"])
    assert silent.taught_by == ()
    assert silent.rationale is None
    assert any("annotated(rationales=table)" in note for note in silent.notes)
    (told,) = explain(loaded, annotated, [0], parts=["taught_by"])
    (known,) = explain(pipeline, toy.graph, [0], parts=["taught_by"])
    assert [a.what for a in told.taught_by] == [a.what for a in known.taught_by]
    assert told.rationale == known.rationale


def test_answers_that_were_held_out_taught_nothing(toy, annotated):
    table = annotated.annotations["rationales"]
    some = table.select(np.arange(len(table)) < 20)
    taught = annotated.annotated(rationales=some)
    model = sklearn_tagkd.InterpreterGNNClassifier(**fast()).fit(taught)
    asked = copy.copy(model)

    class Asker:
        answered_rows_ = some.positions

        def transform(self, X):
            return X

    whole = make_pipeline(Asker(), asked)
    (item,) = explain(whole, annotated, [0], 60, parts=["taught_by"])
    assert {one.what for one in item.taught_by} <= set(
        toy.graph.node_ids[some.positions]
    )


def test_another_graph_is_explained_too(pipeline, toy):
    other = TextGraph(
        ["soup garlic", "opera tune <b>", "oven", "", "orbit"], [(0, 2), (1, 2), (2, 4)]
    )
    found = explain(pipeline, other, range(5))
    assert [item.label for item in found[:3:2]] == ["cooking", "cooking"]
    assert found[3].words == found[3].links == found[3].neighbors == ()
    assert found[3].rationale is None


def test_no_text_in_any_repr(pipeline, toy):
    found = explain(pipeline, toy.graph, [0, 1])
    words = {word for text in toy.graph.texts for word in text.split()}
    told = (
        repr(found) + repr(found[0]) + repr(found[0].words) + repr(found[0].taught_by)
    )
    assert not words & set(re.findall(r"\w+", told))
    assert "\n" not in repr(found[0])
    assert repr(found[0]).startswith("Explanation(node='n")


def test_html_shows_texts_letter_by_letter(toy):
    bad = "<script>alert(1)</script> & soup"
    texts = [f"{text} {bad}" for text in toy.graph.texts]
    ids = [f"<i>{i}</i>" for i in range(len(texts))]
    cells = toy.graph.adjacency.tocoo()
    edges = [(ids[a], ids[b]) for a, b in zip(cells.row, cells.col, strict=True)]
    graph = TextGraph(texts, edges, ids)
    target = np.array([f"<b>{name}" for name in toy.target])
    model = DistilledStudentClassifier(**fast()).fit(graph, target)
    found = explain(model, graph, [0, 1])
    page = found._repr_html_()
    assert "script" in page
    for tag in ("<script", "<i>0", "<b>cook", "<b>music", "<b>space"):
        assert tag not in page
    assert "&lt;i&gt;0&lt;/i&gt;" in page
    assert page.count("<div>") == page.count("</div>") == 2
    assert found[0]._repr_html_() in page


def test_a_table_of_it_all(pipeline, toy):
    found = explain(pipeline, toy.graph, [0, 1], budget=2)
    frame = found.to_frame()
    assert set(frame["kind"]) >= {"word", "neighbor", "link", "taught_by"}
    assert frame["node"].unique().tolist() == [item.node for item in found]
    answers = frame[frame["kind"] == "taught_by"]
    assert answers["explanation"].eq("It says so.").all()
    assert len(found[:1].to_frame()) < len(frame)
    assert found[0].to_frame().equals(frame[frame["node"] == found[0].node])


def test_nodes_by_id_and_by_number(pipeline, toy):
    graph = toy.graph

    def nodes(some, of=graph):
        return [i.node for i in explain(pipeline, of, some, parts=["links"])]

    assert nodes("n7") == nodes(["n7"]) == ["n7"]
    assert nodes([3]) == nodes(np.array([3])) == nodes(3) == [graph.node_ids[3]]
    assert nodes(graph[[4, 2]]) == graph.node_ids[[4, 2]].tolist()
    view = graph[[10, 11, 12]]
    assert nodes([1], view) == [graph.node_ids[11]]
    numbered = TextGraph(graph.texts, [], node_ids=range(100, 160))
    assert nodes([101], numbered) == [101]
    assert nodes([1], numbered) == [101]  # no id: it counts


def test_a_mask_is_a_mask_where_ids_are_numbers(community):
    graph, student = community.graph, community.student
    mask = np.zeros(len(graph), dtype=bool)
    mask[[3, 7]] = True
    for nodes in (mask, mask.tolist()):
        found = explain(student, graph, nodes, parts=["links"])
        assert [item.node for item in found] == [3, 7]
    of_view = explain(student, graph[[9, 3]], [False, True], parts=["links"])
    assert of_view[0].node == 3
    for nodes in ([True, False], [True, *range(1, len(graph))]):
        with pytest.raises(ValueError, match="A mask has one truth value"):
            explain(student, graph, nodes)


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        (["nobody"], "1 of 1 nodes are not in the graph"),
        ([60], "integers from 0 to 59"),
        ([-1], "integers from 0 to 59"),
        (["n1", 3], "1 of 2"),
        ([True], "A mask has one truth value"),
        ([], "at least one"),
        ([None], "NoneType"),
    ],
)
def test_nodes_that_there_are_not(nodes, told, pipeline, toy):
    with pytest.raises(ValueError, match=told) as caught:
        explain(pipeline, toy.graph, nodes)
    assert "nobody" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"budget": 0}, "budget"),
        ({"budget": 2.5}, "budget"),
        ({"budget": True}, "budget"),
        ({"parts": "words"}, "parts"),
        ({"parts": ["letters"]}, "letters"),
        ({"parts": []}, "parts"),
        ({"reach": 3}, "reach"),
    ],
)
def test_arguments_out_of_range(options, told, pipeline, toy):
    with pytest.raises(ValueError, match=told):
        explain(pipeline, toy.graph, [0], **options)


def test_models_and_graphs_that_are_none(pipeline, toy):
    with pytest.raises(TypeError, match="has to be a TextGraph; got list"):
        explain(pipeline, toy.graph.texts, [0])
    with pytest.raises(TypeError, match="ends with one; got dict"):
        explain({}, toy.graph, [0])
    with pytest.raises(TypeError, match="LLMRationaleTransformer"):
        explain(pipeline[0], toy.graph, [0])
    with pytest.raises(NotFittedError):
        explain(DistilledStudentClassifier(), toy.graph, [0])
    rows = np.eye(6)
    model = DistilledStudentClassifier(**fast(max_iter=2)).fit(rows, [0, 1] * 3)
    with pytest.raises(TypeError, match="fitted on an array"):
        explain(model, toy.graph, [0])


def test_features_alone_have_no_words(toy):
    random = np.random.default_rng(0)
    rows = random.normal(size=(30, 4))
    graph = TextGraph(None, [(i, i + 1) for i in range(29)], features=rows)
    model = DistilledStudentClassifier(**fast()).fit(graph, [0, 1, 2] * 10)
    (item,) = explain(model, graph, [4])
    assert item.words == ()
    assert any("no text" in note for note in item.notes)
    assert item.links or item.neighbors


def test_a_model_of_texts_alone_has_no_links(fit_both, toy):
    (item,) = explain(fit_both("mlp")[1], toy.graph, [0])
    assert item.links == item.neighbors == ()
    assert item.words
    assert any("looks at none" in note for note in item.notes)


def test_a_cut_graph_is_explained_as_it_is_predicted(toy):
    model = make_pipeline(
        InducedSubgraph(), DistilledStudentClassifier(**fast(max_iter=5))
    ).fit(toy.graph[:40], toy.target[:40])
    (item,) = explain(model, toy.graph, [50], parts=["links"])
    assert item.label == model.predict(toy.graph[[50]])[0]


def test_hubs_are_bounded_and_say_so(toy):
    n = 600
    texts = [toy.graph.texts[i % 60] for i in range(n)]
    edges = [(0, i) for i in range(1, n)] + [(i, i + 1) for i in range(1, n - 1)]
    graph = TextGraph(texts, edges)
    target = [toy.target[i % 60] for i in range(n)]
    model = DistilledStudentClassifier(**fast(max_iter=5)).fit(graph, target)
    (item,) = explain(model, graph, [0], 5, parts=["links", "neighbors"])
    assert any("the 32 of 599 with the heaviest links" in note for note in item.notes)
    assert any(re.search(r"16 of \d+ were taken away", note) for note in item.notes)
    assert len(item.links) <= 5


def test_results_pickle(pipeline, toy):
    found = explain(pipeline, toy.graph, [0])
    again = pickle.loads(pickle.dumps(found))
    assert again.to_frame().equals(found.to_frame())


@given(st.text(max_size=200), st.integers(1, 20))
def test_phrases_can_be_taken_out_of_any_text(text, most):
    phrases = text_phrases(text, most)
    spans = sorted(span for phrase in phrases for span in phrase.spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert all(phrase.words for phrase in phrases)
    assert text_phrases(without(text, phrases)) == []
    kept = only(text, phrases)
    assert sorted(kept.split()) == sorted(
        word for start, stop in spans for word in text[start:stop].split()
    )
    assert len(phrases) <= 10 * most
    if not re.search(r"[^\w\s]", text):
        assert len(phrases) <= most


@pytest.mark.parametrize("mark", [" ", ". ", "\n"])
def test_a_long_text_has_few_phrases_however_it_is_broken(mark):
    text = mark.join(f"word{number}" for number in range(20_000))
    phrases = text_phrases(text)
    assert 30 <= len(phrases) <= 32
    assert set(without(text, phrases)) <= set(". ")
