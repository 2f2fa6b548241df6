"""Columns on disk: the same labels as with all rows in memory."""

import json

import numpy as np
import pandas as pd
import pytest

import sklearn_tagkd
from sklearn_tagkd.commands.jobs import predicting
from sklearn_tagkd.serving import ServedModel
from sklearn_tagkd.serving.wide_model import WideModel
from tests.commands.jobs.conftest import read_table


@pytest.mark.parametrize("is_served", [False, True])
@pytest.mark.parametrize("options", [[], ["--directed", "--weight", "much"]])
def test_a_folder(folder, models, tmp_path, run, monkeypatch, options, is_served):
    edges = pd.read_csv(folder / "edges.csv")
    edges["much"] = np.random.default_rng(0).uniform(0.1, 3, len(edges))
    edges.to_csv(folder / "edges.csv", index=False)
    command = ["predict", models["decoupled"], folder, "--probabilities", *options]
    assert run(*command, "-o", tmp_path / "whole.csv")[0] == 0
    monkeypatch.setattr(predicting, "_WIDE", 0)
    if is_served:
        monkeypatch.setattr(
            "sklearn_tagkd.persistence.is_installed", lambda module: False
        )
    used = []
    monkeypatch.setattr(
        WideModel,
        "link",
        lambda self, *given, real=WideModel.link: used.append(1) or real(self, *given),
    )
    assert run(*command, "-o", tmp_path / "wide.csv", "--part-rows", "7")[0] == 0
    assert used == [1]
    whole, wide = read_table(tmp_path / "whole.csv"), read_table(tmp_path / "wide.csv")
    assert wide["node"].tolist() == whole["node"].tolist()
    names = list(whole.columns[3:])
    found, expected = (t[names].to_numpy().astype(float) for t in (wide, whole))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert not list(tmp_path.glob("*.parts"))


def test_links_that_are_scored_and_columns_that_are_seen_twice(
    annotated, toy, tmp_path
):
    from sklearn_tagkd import DistilledStudentClassifier, InterpreterGNNClassifier
    from tests.conftest import fast

    concat = InterpreterGNNClassifier(keywords="concat", **fast()).fit(annotated)
    taught = InterpreterGNNClassifier(**fast()).fit_transform(annotated)
    student = DistilledStudentClassifier(**fast()).fit(taught)
    cells = toy.graph.adjacency.tocoo()
    edges = np.stack([cells.row, cells.col], axis=1)
    scored = 0
    for place, model in enumerate((student, concat)):
        sklearn_tagkd.save(model, tmp_path / "model")
        served = ServedModel.from_file(tmp_path / "model")
        scored += served.link_scorer is not None
        (tmp_path / f"{place}").mkdir()
        wide = WideModel(served, tmp_path / f"{place}")
        for start in range(0, 60, 25):
            wide.add(toy.graph.texts[start : start + 25], None)
        wide.link(edges, None, False)
        expected = model.predict_proba(toy.graph)
        np.testing.assert_allclose(wide.probabilities(slice(None)), expected, atol=1e-4)
        np.testing.assert_allclose(
            wide.probabilities(slice(13, 40)),
            served.predict_proba(toy.graph.texts, edges)[13:40],
            atol=1e-5,
        )
    assert scored == 2


def test_no_document(models, tmp_path):
    wide = WideModel(ServedModel.from_file(models["decoupled"]), tmp_path)
    wide.add([], None)
    with pytest.raises(ValueError, match="no document"):
        wide.link([], None, False)


def test_an_interrupted_folder_goes_on(folder, models, tmp_path, run, monkeypatch):
    monkeypatch.setattr(predicting, "_WIDE", 0)
    command = ["predict", models["decoupled"], folder, "-o", tmp_path / "labels.csv"]
    command += ["--part-rows", "7"]

    def interrupted(self, part, real=WideModel.probabilities):
        if part.start >= 21:
            raise KeyboardInterrupt
        return real(self, part)

    with monkeypatch.context() as patched:
        patched.setattr(WideModel, "probabilities", interrupted)
        assert run(*command)[0] == 130
    status, told, _ = run(*command)
    assert (status, told["parts_written_before"]) == (0, 3)
    assert json.dumps(told["labels"]) == '{"cooking": 20, "music": 20, "space": 20}'
