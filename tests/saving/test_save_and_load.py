"""What is saved comes back, on any machine, and nothing else is in the file."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import safetensors
from safetensors.numpy import save_file
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

import sklearn_tagkd
from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    TextGraph,
    datasets,
)
from sklearn_tagkd.baselines import GCNClassifier, MLPClassifier
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.exceptions import ModelFileError
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.nn.config import BACKBONES
from sklearn_tagkd.preprocessing import InducedSubgraph, TextSelector
from sklearn_tagkd.saving.container import read_tensors
from tests.conftest import fast


def saved(model, folder, **options):
    sklearn_tagkd.save(model, folder / "model.safetensors")
    return sklearn_tagkd.load(folder / "model.safetensors", **options)


def assert_alike(first, second, graph, most=1e-3):
    ours, theirs = first.predict_proba(graph), second.predict_proba(graph)
    np.testing.assert_allclose(ours, theirs, atol=most)
    np.testing.assert_array_equal(first.classes_, second.classes_)


def test_a_pipeline(fitted_pipeline, toy, tmp_path):
    loaded = saved(fitted_pipeline, tmp_path)
    assert_alike(loaded, fitted_pipeline, toy.graph)
    assert list(loaded.named_steps) == list(fitted_pipeline.named_steps)
    for ours, theirs in zip(loaded, fitted_pipeline, strict=True):
        expected = {**theirs.get_params(), "device": "auto"}
        expected.pop("llm", None)
        assert {k: v for k, v in ours.get_params().items() if k in expected} == {
            k: v if k in expected and k != "device" else "auto"
            for k, v in expected.items()
            if k in ours.get_params()
        }
    assert_alike(loaded[1], fitted_pipeline[1], toy.graph)
    asked, before = loaded[0], fitted_pipeline[0]
    for name in ("n_asked_", "n_answered_", "report_", "cost_", "n_requests_"):
        assert getattr(asked, name) == getattr(before, name)
    np.testing.assert_array_equal(asked.answered_rows_, before.answered_rows_)
    assert loaded[2].history_ == fitted_pipeline[2].history_
    assert loaded[1].teacher_audit_ == fitted_pipeline[1].teacher_audit_ is not None
    assert loaded[2].teacher_audit_ is fitted_pipeline[2].teacher_audit_ is None
    assert loaded[2].training_graph_ == fitted_pipeline[2].training_graph_
    assert loaded[2].training_graph_["nodes"] == len(toy.graph)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_backbone(backbone, annotated, toy, tmp_path):
    student = DistilledStudentClassifier(backbone, **fast(n_layers=3)).fit(annotated)
    assert_alike(saved(student, tmp_path), student, toy.graph)


@pytest.mark.parametrize("keywords", ["replace", "mean", "concat", None])
def test_interpreters(keywords, annotated, toy, tmp_path):
    interpreter = InterpreterGNNClassifier(keywords=keywords, **fast()).fit(annotated)
    loaded = saved(interpreter, tmp_path)
    assert_alike(loaded, interpreter, toy.graph)
    np.testing.assert_allclose(
        loaded.predict_proba(annotated), interpreter.predict_proba(annotated), atol=1e-3
    )


LABELS = {
    "str": np.array(["b", "a", "ü"]),
    "object": np.array(["b", "a", "c"], dtype=object),
    "int": np.array([3, -7, 2**40]),
    "int8": np.array([3, 1, 2], dtype=np.int8),
    "uint64": np.array([2**63 + 5, 1, 2], dtype=np.uint64),
    "bool": np.array([True, False, True]),
    "float": np.array([-1.0, 2.0, 1e15]),
    "float32": np.array([0.0, 2.0, 1.0], dtype=np.float32),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_keep_their_kind(kind, tmp_path):
    y = np.tile(LABELS[kind], 4)
    X = np.random.default_rng(0).normal(size=(12, 5))
    model = MLPClassifier(**fast(max_iter=2)).fit(X, y)
    loaded = saved(model, tmp_path)
    assert loaded.classes_.dtype == model.classes_.dtype
    assert loaded.classes_.tolist() == model.classes_.tolist()
    assert [type(v) for v in loaded.predict(X).tolist()] == [
        type(v) for v in model.predict(X).tolist()
    ]
    assert_alike(loaded, model, X)


def test_features_beside_texts_and_their_names(toy, tmp_path):
    random = np.random.default_rng(0)
    wide = TextGraph(
        toy.graph.texts, [(0, 1), (1, 2)], features=1e20 * random.normal(size=(60, 3))
    )
    model = DistilledStudentClassifier(**fast()).fit(wide, toy.target)
    assert_alike(saved(model, tmp_path), model, wide)
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(random.normal(size=(12, 2)), columns=["age", "size"])
    model = MLPClassifier(**fast(max_iter=2)).fit(frame, [0, 1, 2] * 4)
    loaded = saved(model, tmp_path)
    assert loaded.feature_names_in_.tolist() == ["age", "size"]
    assert_alike(loaded, model, frame)


def test_steps_without_a_network(toy, tmp_path):
    for step in (InducedSubgraph(), TextSelector()):
        loaded = saved(step.fit(toy.graph), tmp_path)
        assert type(loaded) is type(step)
        loaded.transform(toy.graph)
    model = Pipeline(
        [("none", "passthrough"), ("mlp", MLPClassifier(**fast(max_iter=2)))]
    ).fit(toy.graph, toy.target)
    assert saved(model, tmp_path)[0] == "passthrough"


def test_a_loaded_model_is_saved_and_fitted_again(fitted_pipeline, toy, tmp_path):
    first = saved(fitted_pipeline, tmp_path)
    second = saved(first, tmp_path)
    np.testing.assert_array_equal(
        first.predict_proba(toy.graph), second.predict_proba(toy.graph)
    )
    second.set_params(rationales__llm=RecordedAnswers(toy.answers))
    assert second.fit(toy.graph).score(toy.graph, toy.target) > 0.8


def test_loading_imports_no_torch(fitted_pipeline, tmp_path):
    sklearn_tagkd.save(fitted_pipeline, tmp_path / "model.safetensors")
    code = """
import sys, sklearn_tagkd
model = sklearn_tagkd.load(sys.argv[1], device="cpu")
heavy = {"torch", "torch_geometric", "sentence_transformers", "openai"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
model.predict(["a soup with garlic"])
assert "torch" in sys.modules
"""
    command = [sys.executable, "-c", code, tmp_path / "model.safetensors"]
    subprocess.run(command, check=True)


def test_the_same_bytes_where_the_time_is_given(fitted_pipeline, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    contents = []
    for name in ("a", "b"):
        sklearn_tagkd.save(fitted_pipeline, tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    assert b"2023-11-14T22:13:20Z" in contents[0]


SECRETS = ("sk-a-secret-key", "the private prompt", "a private description")


class Client(RecordedAnswers):
    """Someone with secrets."""

    model = "small-model"
    api_key, prompt = SECRETS[:2]


def test_no_key_prompt_text_or_rationale_is_in_a_file(toy, tmp_path):
    client = Client(toy.answers)
    described = dict.fromkeys(sorted(set(toy.target)), SECRETS[2])
    model = make_pipeline(
        LLMRationaleTransformer(client, described),
        DistilledStudentClassifier(**fast()),
    ).fit(toy.graph)
    sklearn_tagkd.save(model, tmp_path / "model", card=True)
    content = (tmp_path / "model").read_bytes() + (tmp_path / "model.md").read_bytes()
    phrases = [k for record in toy.records for k in record.keywords]
    assert phrases
    for secret in (*SECRETS, *toy.graph.texts, *map(str, toy.graph.node_ids), *phrases):
        # Class names are words too, and they are to be in it.
        if secret not in " ".join(described) and len(secret) > 3:
            assert secret.encode() not in content
    assert b"small-model" in content
    loaded = sklearn_tagkd.load(tmp_path / "model")
    assert loaded[0].llm is None
    assert loaded[0].classes == sorted(described)


@pytest.mark.parametrize("width", [16, 1024])
def test_a_hashing_encoder_is_known_by_its_width(width, toy, tmp_path):
    model = MLPClassifier(**fast(encoder=HashingEncoder(width))).fit(
        toy.graph, toy.target
    )
    loaded = saved(model, tmp_path)
    assert loaded.encoder.n_dimensions == width
    assert_alike(loaded, model, toy.graph)


class Own:
    """An encoder of a user's own."""

    def __init__(self, width=32, seed=0):
        self.width, self.seed = width, seed

    def encode(self, texts):
        found = HashingEncoder(self.width).encode(
            [f"{text} {self.seed}" for text in texts]
        )
        return found[:, np.random.default_rng(self.seed).permutation(self.width)]


def test_an_encoder_of_ones_own_is_asked_for_and_checked(toy, tmp_path):
    path = tmp_path / "model"
    model = MLPClassifier(**fast(encoder=Own())).fit(toy.graph, toy.target)
    sklearn_tagkd.save(model, path)
    with pytest.raises(ModelFileError, match=r"type Own.*encoder=.*32 columns"):
        sklearn_tagkd.load(path)
    assert_alike(sklearn_tagkd.load(path, encoder=Own()), model, toy.graph)
    with pytest.raises(ValueError, match=r"'Own' gives 8 columns.*gives 32"):
        sklearn_tagkd.load(path, encoder=Own(8))
    with pytest.raises(ValueError, match="another than the model was fitted with"):
        sklearn_tagkd.load(path, encoder=Own(seed=1))
    with pytest.raises(ValueError, match=r"'hashing' gives 1024 columns.*gives 32"):
        sklearn_tagkd.load(path, encoder="hashing").predict(["soup"])


def test_encoders_by_step(toy, tmp_path):
    options = [fast(encoder=Own(seed=seed), max_iter=3) for seed in (0, 1)]
    model = Pipeline(
        [
            ("first", InterpreterGNNClassifier(**options[0])),
            ("second", DistilledStudentClassifier(**options[1])),
        ]
    ).fit(toy.graph, toy.target)
    sklearn_tagkd.save(model, tmp_path / "model")
    both = {"first": Own(seed=0), "second": Own(seed=1)}
    loaded = sklearn_tagkd.load(tmp_path / "model", encoder=both)
    assert_alike(loaded, model, toy.graph)
    with pytest.raises(ModelFileError, match="type Own"):
        sklearn_tagkd.load(tmp_path / "model", encoder={"first": Own()})


def test_an_encoder_that_knows_certain_texts_alone(toy, tmp_path):
    class Table(Own):
        def encode(self, texts):
            return super().encode([{t: t for t in toy.graph.texts}[t] for t in texts])

    model = MLPClassifier(**fast(encoder=Table())).fit(toy.graph, toy.target)
    sklearn_tagkd.save(model, tmp_path / "model")
    loaded = sklearn_tagkd.load(tmp_path / "model", encoder=Table())
    assert_alike(loaded, model, toy.graph)


def test_what_no_file_can_hold(toy, tmp_path):
    path = tmp_path / "model"
    student = MLPClassifier(**fast(max_iter=2))
    with pytest.raises(NotFittedError):
        sklearn_tagkd.save(student, path)
    student.fit(toy.graph, toy.target)
    with pytest.raises(ModelFileError, match=r"DummyClassifier is no step.*skops"):
        sklearn_tagkd.save(make_pipeline(TextSelector(), DummyClassifier()), path)
    search = GridSearchCV(student, {"max_iter": [1]}, cv=2).fit(toy.graph, toy.target)
    with pytest.raises(ModelFileError, match="best_estimator_"):
        sklearn_tagkd.save(search, path)

    class Mine(MLPClassifier):
        pass

    with pytest.raises(ModelFileError, match="Mine is no step"):
        sklearn_tagkd.save(Mine(**fast(max_iter=2)).fit(toy.graph, toy.target), path)
    student.network_.weights["classifier.bias"][0] = np.nan
    with pytest.raises(ModelFileError, match=r"not finite.*lower learning_rate"):
        sklearn_tagkd.save(student, path)
    assert not path.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_there_stays_until_the_new_one_is_whole(
    fitted_pipeline, tmp_path, monkeypatch
):
    path = tmp_path / "model"
    sklearn_tagkd.save(fitted_pipeline, path)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        sklearn_tagkd.save(fitted_pipeline, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_safetensors_library_reads_what_we_write(fitted_pipeline, tmp_path):
    path = tmp_path / "model.safetensors"
    sklearn_tagkd.save(fitted_pipeline, path)
    tensors, metadata = read_tensors(path)
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata() == metadata
        assert set(file.keys()) == set(tensors)
        for name, tensor in tensors.items():
            np.testing.assert_array_equal(file.get_tensor(name), tensor)
    assert json.loads(metadata["model"])["steps"][2]["name"] == "student"


def test_we_read_what_the_safetensors_library_writes(tmp_path):
    path = tmp_path / "other.safetensors"
    arrays = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.arange(3, dtype=np.float16),
        "c": np.arange(5, dtype=np.uint8),
        "empty": np.zeros((0, 4), dtype=np.float32),
    }
    save_file(arrays, path, {"who": "another"})
    tensors, metadata = read_tensors(path)
    assert metadata == {"who": "another"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(tensors[name], array)
    with pytest.raises(ModelFileError, match="no model of this package"):
        sklearn_tagkd.load(path)


def test_coras_student_takes_a_mebibyte(shared_data, tmp_path):
    """And half precision changes no probability by more than 1e-3."""
    cora = datasets.read_graph(shared_data / "cora")
    # Vectors of MiniLM's width and spread stand in for it: sizes and errors do not
    # depend on what they mean. Whom to ask does, so nodes are random.
    encoder = Own(384)
    options = {"random_state": 0, "encoder": encoder, "device": "cpu"}
    model = make_pipeline(
        LLMRationaleTransformer(
            RecordedAnswers(cora.answers), max_nodes=140, selection="random"
        ),
        InterpreterGNNClassifier(**options),
        DistilledStudentClassifier(**options),
    ).fit(cora.graph)
    path = tmp_path / "student"
    sklearn_tagkd.save(model[-1], path)
    assert path.stat().st_size <= 2**20
    loaded = sklearn_tagkd.load(path, encoder=encoder)
    assert_alike(loaded, model, cora.graph)
    assert loaded.network_.weights["text_head.weight"].dtype == np.float32


@pytest.mark.parametrize("factor", [8, 64, 300, 10_000])
def test_weights_in_which_rounding_would_show_are_whole(factor, toy, tmp_path):
    model = GCNClassifier(**fast()).fit(toy.graph, toy.target)
    sharp = DistilledStudentClassifier(**fast(max_iter=60)).fit(toy.graph, toy.target)
    for name, weight in sharp.network_.weights.items():
        sharp.network_.weights[name] = weight * np.float32(factor)
    for step in (model, sharp):
        loaded = saved(step, tmp_path)
        for name, weight in step.network_.weights.items():
            np.testing.assert_array_equal(loaded.network_.weights[name], weight)
        np.testing.assert_allclose(
            loaded.predict_proba(toy.graph), step.predict_proba(toy.graph), atol=1e-3
        )


@pytest.mark.parametrize("backbone", ["mlp", "decoupled"])
def test_what_was_loaded_and_is_saved_again_says_the_same(
    backbone, toy, tmp_path, monkeypatch
):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    model = DistilledStudentClassifier(
        backbone, encoder="hashing", max_iter=15, progress=False, random_state=0
    ).fit(toy.graph, toy.target)
    first, second = tmp_path / "first", tmp_path / "second"
    # Directions of words that would have been kept otherwise are not rounded again.
    for words in ("steps", "half", "whole"):
        with monkeypatch.context() as patched:
            patched.setattr(
                "sklearn_tagkd.saving.collect.choose_precision",
                lambda *_, words=words: (True, words),
            )
            sklearn_tagkd.save(model, first)
        loaded = sklearn_tagkd.load(first)
        sklearn_tagkd.save(loaded, second)
        assert second.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("path", [3, True, None, 1.5])
def test_a_path_is_a_name(path, fitted_pipeline):
    with pytest.raises(TypeError, match="PathLike"):
        sklearn_tagkd.load(path)
    with pytest.raises(TypeError, match="PathLike"):
        sklearn_tagkd.save(fitted_pipeline, path)


def test_where_a_model_cannot_be_written(fitted_pipeline, tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    link.symlink_to(real)
    sklearn_tagkd.save(fitted_pipeline, link)
    assert link.is_symlink()
    sklearn_tagkd.load(real)
    with pytest.raises(OSError, match="is a folder"):
        sklearn_tagkd.save(fitted_pipeline, tmp_path)
    with pytest.raises(OSError, match="Make it first"):
        sklearn_tagkd.save(fitted_pipeline, tmp_path / "nowhere" / "model")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(OSError, match="circle"):
        sklearn_tagkd.save(fitted_pipeline, tmp_path / "circle")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["circle", "link", "real"]


def test_threads_that_save_to_one_name_leave_one_whole_file(fitted_pipeline, tmp_path):
    path = tmp_path / "model"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: sklearn_tagkd.save(fitted_pipeline, path), range(8)))
    sklearn_tagkd.load(path)
    assert list(tmp_path.iterdir()) == [path]
