"""Class profiles through interpreter and student, from no answer at all to many."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.baselines import GCNClassifier
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.features.input_space import GraphEmbedder
from sklearn_tagkd.learning import word_choice
from sklearn_tagkd.learning.second_opinion import profile_opinion
from sklearn_tagkd.rationales import ClassProfile, check_profiles, check_rationales
from tests.conftest import VOCABULARY, fast

CLASSES = sorted(VOCABULARY)


@pytest.fixture(scope="module")
def profiles():
    """Three documents per class, of words that its nodes use too."""
    told = [
        ClassProfile(
            name,
            f"About {name}.",
            words[:3],
            [" ".join(words[i : i + 4]) for i in range(3)],
        )
        for name, words in VOCABULARY.items()
    ]
    return check_profiles(told, CLASSES)


@pytest.fixture(params=["no table", "empty table"])
def unasked(request, toy, profiles):
    graph = toy.graph.annotated(profiles=profiles)
    if request.param == "no table":
        return graph
    return graph.annotated(rationales=check_rationales([], toy.graph, CLASSES))


def distil(graph, y=None, **options):
    interpreter = InterpreterGNNClassifier(**fast(**options))
    taught = interpreter.fit_transform(graph, y)
    return interpreter, DistilledStudentClassifier(**fast()).fit(taught, y)


@pytest.mark.parametrize("backbone", ["decoupled", "mlp", "gcn"])
def test_class_names_alone_teach_a_student(backbone, unasked, toy):
    interpreter, student = distil(unasked, backbone=backbone, max_iter=60)
    assert student.score(toy.graph, toy.target) > 0.8
    assert student.classes_.tolist() == interpreter.classes_.tolist() == CLASSES
    assert "labels" not in student.history_[-1]
    assert interpreter.teacher_audit_ is None


def test_the_same_seed_gives_the_same_bits(unasked, toy):
    one, other = (distil(unasked)[1].predict_proba(toy.graph) for _ in range(2))
    assert_array_equal(one, other)


def test_a_fitted_pipeline_holds_no_text_of_a_profile(unasked):
    secret = [ClassProfile(name, documents=[f"zzsecret {name}"]) for name in CLASSES]
    graph = unasked.annotated(profiles=check_profiles(secret, CLASSES))
    assert b"zzsecret" not in pickle.dumps(distil(graph))


def test_profiles_beside_few_answers_help(toy, profiles):
    few = check_rationales(toy.records[:2], toy.graph, CLASSES)
    graph = toy.graph.annotated(rationales=few)
    right = [
        distil(some)[0].score(toy.graph, toy.target)
        for some in (graph, graph.annotated(profiles=profiles))
    ]
    assert right[1] > right[0] + 0.1


def test_labels_and_profiles_alone_learn_both(toy, profiles):
    y = np.where(toy.target == "cooking", "cooking", "").astype(object)
    graph = toy.graph.annotated(profiles=profiles)
    interpreter, student = distil(graph, y)
    assert interpreter.classes_.tolist() == student.classes_.tolist() == CLASSES
    assert student.score(toy.graph, toy.target) > 0.7


def test_supervision_by_labels_alone_leaves_profiles_out(toy, profiles):
    options = fast(supervision="y")
    plain = InterpreterGNNClassifier(**options).fit(toy.graph, toy.target)
    graph = toy.graph.annotated(profiles=profiles)
    other = InterpreterGNNClassifier(**options).fit(graph, toy.target)
    assert_array_equal(plain.predict_proba(graph), other.predict_proba(graph))
    with pytest.raises(ValueError, match="nothing to learn"):
        InterpreterGNNClassifier(**options).fit(graph)


def test_who_cannot_learn_profiles_says_so(unasked):
    with pytest.raises(ValueError, match="nothing to learn"):
        GCNClassifier(**fast()).fit(unasked)
    with pytest.raises(ValueError, match="the weight of what else would teach is 0"):
        InterpreterGNNClassifier(**fast(committee_weight=0)).fit(unasked)
    taught = InterpreterGNNClassifier(**fast()).fit_transform(unasked)
    with pytest.raises(ValueError, match="the weight of what else would teach is 0"):
        DistilledStudentClassifier(
            **fast(output_weight=0, semantic_weight=0, structural_weight=0)
        ).fit(taught)


def test_one_class_alone_is_named(toy):
    told = check_profiles([ClassProfile("food", documents=["Bread."])], ["food"])
    with pytest.raises(ValueError, match=r"one class alone \('food'\).*two classes"):
        InterpreterGNNClassifier(**fast()).fit(toy.graph.annotated(profiles=told))


def asking(profiles, classes):
    return LLMRationaleTransformer(
        class_profiles=profiles, classes=classes, max_nodes=0
    )


def test_a_class_without_a_profile_is_told(toy):
    known = [ClassProfile(name, documents=[f"On {name}."]) for name in CLASSES]
    step = asking([*known[:-1], ClassProfile(CLASSES[-1])], [*CLASSES, "zoo"])
    with pytest.warns(RationaleWarning, match="Nothing is known of 2 of") as caught:
        step.fit(toy.graph)
    (warned,) = caught
    assert f"['{CLASSES[-1]}', 'zoo']" in str(warned.message)
    assert "none of the classes" not in str(warned.message)


def test_a_profile_without_a_class_is_told(toy):
    known = [ClassProfile(name, documents=[f"On {name}."]) for name in CLASSES]
    other = ClassProfile("zoo", documents=["Lions."])
    with pytest.warns(RationaleWarning, match="none of the classes, left out: 1"):
        asking([*known, other], CLASSES).fit(toy.graph)


def test_profiles_of_numbered_classes_are_found(toy):
    known = [ClassProfile(str(n), documents=[f"Text {n}."]) for n in range(3)]
    asking(known, [0, 1, 2]).fit(toy.graph)  # warns of nothing
    with pytest.warns(RationaleWarning, match=r"1 of 4 classes \(\[3\]\)"):
        asking(known, [0, 1, 2, 3]).fit(toy.graph)


def test_numbers_beside_named_profiles_are_refused(toy, profiles):
    graph = toy.graph.annotated(profiles=profiles)
    codes = np.searchsorted(CLASSES, toy.target)
    with pytest.raises(ValueError, match="y holds numbers"):
        InterpreterGNNClassifier(**fast()).fit(graph, codes)


def test_an_induced_graph_keeps_its_profiles(unasked):
    part = unasked[np.arange(0, 60, 2)].induced()
    assert part.annotations["profiles"].to_records()
    distil(part)


def test_profiles_of_a_graph_with_features_beside_texts(toy, profiles):
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 4)) + 5
    graph = toy.graph.parent
    links = graph.adjacency.tocoo()
    edges = list(zip(graph.node_ids[links.row], graph.node_ids[links.col], strict=True))
    both = TextGraph(graph.texts, edges, graph.node_ids, features)
    _, student = distil(both.annotated(profiles=profiles))
    assert student.score(both, toy.target) > 0.6


def test_without_texts_profiles_tell_nothing(toy, profiles):
    graph = TextGraph(None, [], range(60), np.eye(60))
    embedder = GraphEmbedder("hashing", "cpu", False)
    embedder.fit(graph)
    assert profile_opinion(graph, embedder, profiles) is None
    with pytest.raises(ValueError, match="profiles"):
        InterpreterGNNClassifier(**fast()).fit(graph.annotated(profiles=profiles))


def test_profiles_alone_have_an_opinion(toy, profiles):
    embedder = GraphEmbedder("hashing", "cpu", False, 8)
    embedder.fit(toy.graph)
    opinion = profile_opinion(toy.graph, embedder, profiles, hops=(4, 0.1))
    assert opinion.shape == (60, 3)
    assert np.allclose(opinion.sum(axis=1), 1, atol=1e-5)
    assert (np.array(CLASSES)[opinion.argmax(axis=1)] == toy.target).mean() > 0.8
    empty = check_profiles([], CLASSES)
    assert profile_opinion(toy.graph, embedder, empty) is None


def test_a_bad_model_does_not_harm_labels(toy):
    """All answers are shifted by a class: beside 27 labels they are given up."""
    shift = dict(zip(CLASSES, CLASSES[1:] + CLASSES[:1], strict=True))
    asked, y = np.arange(60) < 30, toy.target.astype(object)
    records = [
        type(record)(node, {shift[toy.target[i]]: 1.0})
        for i, node in enumerate(toy.graph.node_ids)
        if asked[i]
        for record in toy.records[:1]
    ]
    y[asked] = ""
    table = check_rationales(records, toy.graph, CLASSES)
    interpreter, student = distil(toy.graph.annotated(rationales=table), y)
    assert interpreter.teacher_audit_.answer_weight == 0
    assert student.score(toy.graph, toy.target) > 0.85


def test_words_are_left_out_where_they_mislead(annotated, monkeypatch):
    options = fast(lexical_dim=8)
    plain = InterpreterGNNClassifier(**options).fit(annotated)
    assert plain.input_space_.lexical is not None
    # 30 answers are too few to ask; then, whatever they say, words mislead.
    monkeypatch.setattr(word_choice, "_DEVIATIONS", -1e9)
    asked = InterpreterGNNClassifier(**options).fit(annotated)
    assert asked.input_space_.lexical is not None
    monkeypatch.setattr(word_choice, "_FEWEST", 20)
    without = InterpreterGNNClassifier(**options).fit(annotated)
    assert without.input_space_.lexical is None
    bare = InterpreterGNNClassifier(**fast(lexical_dim=0)).fit(annotated)
    assert_array_equal(without.predict_proba(annotated), bare.predict_proba(annotated))
