"""The reviewers' own packages read what is written, and write what is read.

They are large, and not among what tests install: label-studio-sdk and argilla.
"""

import json

import numpy as np
import pytest

from sklearn_tagkd import TextGraph
from sklearn_tagkd.inspection import export_review, import_review
from sklearn_tagkd.inspection.ranked import RankedNodes

# Whatever their dependencies warn of is theirs to mend.
pytestmark = pytest.mark.filterwarnings("default")

CLASSES = np.array(["+x", 'a & <b> "q"', "zäh"])


@pytest.fixture
def ranked():
    texts = ['=1+1\n"x" <b>&amp;', "täxt, zwei;\r\ndrei", "ok \u2028 \U0001f600", ""]
    ids = ["a", "b", "=c", "'d"]
    graph = TextGraph(texts, [("a", "b"), ("a", "=c")], node_ids=ids)
    at, scores = np.array([0, 2, 3]), np.array([0.9, 0.5, 0.25])
    reasons = ["because =x", "of <b>", "of this"]
    return RankedNodes(graph, graph.node_ids[at], at, CLASSES, CLASSES, scores, reasons)


def test_label_studio_takes_the_tasks_and_its_annotations_come_back(ranked, tmp_path):
    interface = pytest.importorskip("label_studio_sdk.label_interface")
    path = export_review(tmp_path / "r.json", ranked, "label-studio")
    config = interface.LabelInterface((tmp_path / "r.xml").read_text("utf-8"))
    config.validate()
    tasks = json.loads(path.read_text("utf-8"))
    chosen = CLASSES[[2, 0, 1]]
    for task, label in zip(tasks, chosen, strict=True):
        assert config.validate_task({"data": task["data"]})
        assert config.validate_prediction(task["predictions"][0])
        result = dict(task["predictions"][0]["result"][0])
        result["value"] = {"choices": [str(label)]}
        annotation = {"result": [result], "was_cancelled": False, "completed_by": 1}
        assert config.validate_annotation(annotation)
        task["annotations"] = [annotation]
    path.write_text(json.dumps(tasks))
    y = import_review(path, ranked.graph, classes=CLASSES)
    assert y.tolist() == [chosen[0], "", chosen[1], chosen[2]]


def test_argilla_takes_the_records_and_its_responses_come_back(
    ranked, tmp_path, monkeypatch
):
    argilla = pytest.importorskip("argilla")
    from argilla.records._io._json import JsonIO

    class Nobody:
        """Stands in for a server, which settings and records do not need."""

        def __getattr__(self, name):
            return None

    client = type("Client", (), {"api": Nobody()})()
    monkeypatch.setattr(argilla.Argilla, "_default_client", client)
    path = export_review(tmp_path / "r.json", ranked, "argilla")
    settings = argilla.Settings.from_json(tmp_path / "r.settings.json")
    settings.validate()
    assert settings.questions["label"].labels == CLASSES.tolist()
    records = JsonIO._records_from_json(path)
    chosen = CLASSES[[2, 0, 1]]
    user = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    for record, label in zip(records, chosen, strict=True):
        assert set(record.fields) <= {f.name for f in settings.fields}
        record.responses.add(argilla.Response("label", str(label), user_id=user))
    JsonIO.to_json(records, tmp_path / "back.json")
    y = import_review(tmp_path / "back.json", ranked.graph, classes=CLASSES)
    assert y.tolist() == [chosen[0], "", chosen[1], chosen[2]]
