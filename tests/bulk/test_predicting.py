"""Labels written by parts are those that the model gives in memory."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

import sklearn_tagkd
from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
)
from sklearn_tagkd.bulk import build_links, embed_folder, predict_folder, predicting
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.llm import RecordedAnswers


@pytest.fixture
def folder(tmp_path, docs, monkeypatch):
    monkeypatch.setattr(predicting, "_NODES", 100)
    graph = docs.graph
    nodes = pd.DataFrame({"node": graph.node_ids.astype("str"), "text": graph.texts})
    nodes.to_parquet(tmp_path / "nodes.parquet")
    ends = np.argwhere(np.triu(graph.adjacency.toarray()))
    edges = pd.DataFrame(
        graph.node_ids[ends].astype("str"), columns=["source", "target"]
    )
    edges.to_parquet(tmp_path / "edges.parquet")
    build_links(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def recorded_pipeline(docs):
    short = dict(encoder="hashing", max_iter=20, random_state=0)
    return make_pipeline(
        LLMRationaleTransformer(llm=RecordedAnswers(docs.answers)),
        InterpreterGNNClassifier(**short),
        DistilledStudentClassifier(**short),
    ).fit(docs.graph)


@pytest.mark.parametrize("backbone", ["decoupled", "mlp"])
def test_labels_are_those_of_the_model(folder, docs, backbone):
    student = DistilledStudentClassifier(
        encoder="hashing", max_iter=20, backbone=backbone, random_state=0
    ).fit(docs.graph, docs.target)
    sklearn_tagkd.save(student, folder / "student.safetensors")
    model = sklearn_tagkd.load(folder / "student.safetensors")
    parts = predict_folder(
        folder / "student.safetensors", folder, folder / "labels", probabilities=True
    )
    assert len(parts) == -(-len(docs.graph) // 100)
    found = pd.concat([pd.read_parquet(part) for part in parts])
    shares = model.predict_proba(TextGraph.open(folder))
    assert found["node"].tolist() == [str(i) for i in docs.graph.node_ids]
    np.testing.assert_allclose(found[model.classes_].to_numpy(), shares, atol=2e-5)
    np.testing.assert_array_equal(found["label"], model.predict(docs.graph))
    before = [part.stat().st_mtime_ns for part in parts]
    parts[1].unlink()
    again = predict_folder(
        folder / "student.safetensors", folder, folder / "labels", probabilities=True
    )
    after = [part.stat().st_mtime_ns for part in again]
    assert after[0] == before[0]
    pd.testing.assert_frame_equal(
        pd.concat([pd.read_parquet(part) for part in again]), found
    )


def test_learnt_weights_of_links_count(folder, docs, recorded_pipeline):
    student = recorded_pipeline[-1]
    assert student.link_scorer_ is not None
    sklearn_tagkd.save(student, folder / "student.safetensors")
    model = sklearn_tagkd.load(folder / "student.safetensors")
    parts = predict_folder(
        folder / "student.safetensors", folder, folder / "labels", probabilities=True
    )
    found = pd.concat([pd.read_parquet(part) for part in parts])
    shares = model.predict_proba(TextGraph.open(folder))
    np.testing.assert_allclose(found[model.classes_].to_numpy(), shares, atol=2e-5)


def test_models_that_look_at_more_are_refused(folder, docs, recorded_pipeline):
    interpreter = InterpreterGNNClassifier(
        keywords="concat", encoder="hashing", max_iter=5, random_state=0
    ).fit(docs.graph, docs.target)
    sklearn_tagkd.save(interpreter, folder / "interpreter.safetensors")
    with pytest.raises(ModelFileError, match="Save the student"):
        predict_folder(folder / "interpreter.safetensors", folder, folder / "labels")


def test_what_is_refused_is_refused_before_anything_is_written(folder, docs):
    short = dict(encoder="hashing", max_iter=5, random_state=0)
    student = DistilledStudentClassifier(**short).fit(docs.graph, docs.target)
    path, out = folder / "student.safetensors", folder / "labels"
    sklearn_tagkd.save(student, path)
    with pytest.raises(TypeError, match=r"sklearn_tagkd.save\(model, path\)"):
        predict_folder(student, folder, out)
    with pytest.raises(ValueError, match="is no size"):
        predict_folder(path, folder, out, max_memory="4G")
    with pytest.raises(ValueError, match="does not hold one column"):
        predict_folder(path, folder, out, max_memory="1MiB")
    student = DistilledStudentClassifier("gcn", **short).fit(docs.graph, docs.target)
    sklearn_tagkd.save(student, path)
    with pytest.raises(ModelFileError, match=r"backbone='gcn'.*holds the whole graph"):
        predict_folder(path, folder, out)
    model = sklearn_tagkd.load(path)
    np.testing.assert_array_equal(
        model.predict(TextGraph.open(folder)), student.predict(docs.graph)
    )
    assert not out.exists()
    assert list((folder / "built").glob("embeddings-*")) == []


def test_vectors_are_embedded_once_and_by_any_object_of_the_same_name(folder, docs):
    asked = []

    class Mine(HashingEncoder):
        cache_key = "mine"

        def encode(self, texts):
            asked.extend(texts)
            return super().encode(texts)

    student = DistilledStudentClassifier(
        encoder=Mine(8), max_iter=5, random_state=0
    ).fit(docs.graph, docs.target)
    path, out = folder / "student.safetensors", folder / "labels"
    sklearn_tagkd.save(student, path)
    embed_folder(folder, Mine(8), dtype="float32")
    asked.clear()
    first = predict_folder(path, folder, out, encoder=Mine(8))
    written = [part.stat().st_mtime_ns for part in first]
    again = predict_folder(path, folder, out, encoder=Mine(8))
    assert [part.stat().st_mtime_ns for part in again] == written
    assert len(asked) < 10  # known sentences, by which encoders are told apart


class Own(HashingEncoder):
    cache_key = "own"


@pytest.mark.parametrize("encoder", [HashingEncoder(8), Own(8)])
def test_only_an_encoder_that_a_file_names_is_found_by_it(
    folder, docs, encoder, monkeypatch
):
    student = DistilledStudentClassifier(encoder=encoder, max_iter=2, random_state=0)
    sklearn_tagkd.save(student.fit(docs.graph, docs.target), folder / "model")
    (folder / "Own").mkdir()  # is no model to be loaded from
    monkeypatch.chdir(folder)
    if type(encoder) is Own:
        with pytest.raises(ModelFileError, match="encoder of your own"):
            predict_folder(folder / "model", folder, folder / "labels")
        return
    parts = predict_folder(folder / "model", folder, folder / "labels")
    labels = pd.concat(map(pd.read_parquet, parts))["label"].tolist()
    assert labels == student.predict(docs.graph).tolist()


def test_embedding_first_and_predicting_next_encodes_once_and_says_what_it_takes(
    folder, docs, recwarn
):
    asked = []

    class Mine(HashingEncoder):
        cache_key = "mine-64"

        def encode(self, texts):
            asked.extend(texts)
            return super().encode(texts)

    student = DistilledStudentClassifier(
        encoder=Mine(64), max_iter=5, random_state=0
    ).fit(docs.graph, docs.target)
    path, out = folder / "student.safetensors", folder / "labels"
    sklearn_tagkd.save(student, path)

    def predict(**options):
        asked.clear()
        parts = predict_folder(
            path, folder, out, encoder=Mine(64), probabilities=True, **options
        )
        assert len(asked) < 10  # known sentences, by which encoders are told apart
        said = json.loads((out / "predicted.json").read_text())
        found = pd.concat(map(pd.read_parquet, parts))
        return found[student.classes_].to_numpy(), said

    half = embed_folder(folder, Mine(64), texts_per_part=100)
    with pytest.warns(UserWarning, match=f"{half.name} are of float16") as told:
        rounded, said = predict()
    assert len(told) == 1
    assert (said["embeddings"], said["dtype"]) == (f"built/{half.name}", "float16")
    np.testing.assert_array_equal(predict(dtype="float16")[0], rounded)
    whole = embed_folder(folder, Mine(64), dtype="float32", texts_per_part=70)
    exact, said = predict()
    assert (said["embeddings"], said["dtype"]) == (f"built/{whole.name}", "float32")
    model = sklearn_tagkd.load(path, encoder=Mine(64))
    np.testing.assert_allclose(exact, model.predict_proba(docs.graph), atol=2e-5)
    assert 0 < np.abs(rounded - exact).max() < 0.01
    assert not recwarn.list
    with pytest.raises(ValueError, match="'float16' or 'float32'"):
        predict(dtype="float8")
