"""The rationales of a fitted step: at hand in memory, and nowhere else."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

import sklearn_tagkd
from sklearn_tagkd import InterpreterGNNClassifier, LLMRationaleTransformer, TextGraph
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.rationales import RationaleTable
from tests.conftest import fast


@pytest.fixture(scope="module")
def model(toy):
    return make_pipeline(
        LLMRationaleTransformer(RecordedAnswers(toy.answers)),
        InterpreterGNNClassifier(**fast(max_iter=2)),
    ).fit(toy.graph)


def test_a_fitted_pipeline_has_its_rationales(model, toy):
    table = model[0].rationales_
    assert isinstance(table, RationaleTable)
    assert table.positions.tolist() == model[0].answered_rows_.tolist()
    frame = table.to_frame(toy.graph)
    assert len(frame) == len(table) == 30
    of_node = {record.node: record for record in toy.records}
    for row in frame.itertuples():
        said = of_node[row.node]
        assert row.label == max(said.probabilities, key=said.probabilities.get)
        assert row.probability == pytest.approx(0.9)
        assert row.keywords == list(said.keywords)
        assert set(row.key_neighbors) <= {item.node for item in said.neighbors}
        assert len(row.key_messages) == len(row.key_neighbors)
        assert row.explanation == "It says so."
    by_place = table.to_frame()
    assert by_place["node"].tolist() == table.positions.tolist()
    assert "orbit" not in repr(table)


def test_no_pickle_and_no_file_holds_them(model, toy, tmp_path):
    path = tmp_path / "model.safetensors"
    sklearn_tagkd.save(model, path)
    packed = pickle.dumps(model)
    for word in ("It says so.", toy.graph.texts[0].split()[0]):
        assert word.encode() not in packed + path.read_bytes()
    unfitted = clone(model[0])
    on_array = LLMRationaleTransformer(RecordedAnswers(toy.answers)).fit(np.eye(3))
    again = pickle.loads(packed)[0], sklearn_tagkd.load(path)[0]
    for step in (*again, unfitted, on_array):
        assert not hasattr(step, "rationales_")
        with pytest.raises(AttributeError, match="holds no rationales"):
            _ = step.rationales_
    assert len(model[0].rationales_) == 30  # pickling takes nothing away


def test_a_new_fit_forgets_them(toy):
    step = LLMRationaleTransformer(RecordedAnswers(toy.answers), max_nodes=5)
    assert len(step.fit(toy.graph).rationales_) == 5
    step.fit(np.eye(3))
    assert not hasattr(step, "rationales_")


def test_a_table_of_another_graph_is_refused(model):
    small = TextGraph(["a", "b"], [])
    with pytest.raises(ValueError, match="this one has 2"):
        model[0].rationales_.to_frame(small)
