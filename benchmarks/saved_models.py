"""What saving changes: size, probabilities, seconds, by graph.

``python benchmarks/saved_models.py docs FOLDER ...`` trains the pipeline of the README
on each graph, saves it and its student, and tells how large the files are, how far the
loaded student's probabilities are from the fitted one's over all nodes, and how far
those of numpy and onnxruntime are from the loaded one's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
from sklearn.pipeline import Pipeline

import sklearn_tagkd
from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
)
from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.persistence import onnx_inputs
from sklearn_tagkd.serving import ServedModel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graphs", nargs="+", help="'docs', or folders")
    parser.add_argument("--answers", type=int, default=300)
    options = parser.parse_args()
    for name in options.graphs:
        is_docs = name == "docs"
        bunch = datasets.load_docs() if is_docs else datasets.read_graph(name)
        measure(Path(name).name, bunch, options.answers)


def measure(name: str, bunch: object, n_answers: int) -> None:
    answers = RecordedAnswers(bunch.answers)
    model = Pipeline(
        [
            ("rationales", LLMRationaleTransformer(answers, max_nodes=n_answers)),
            ("interpreter", InterpreterGNNClassifier(random_state=0, device="cpu")),
            ("student", DistilledStudentClassifier(random_state=0, device="cpu")),
        ]
    ).fit(bunch.graph)
    graph, student = bunch.graph, model["student"]
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "pipeline": Path(folder) / "model",
            "student": Path(folder) / "student",
        }
        start = time.perf_counter()
        sklearn_tagkd.save(model, files["pipeline"])
        sklearn_tagkd.save(student, files["student"])
        seconds = time.perf_counter() - start
        sizes = {what: path.stat().st_size / 2**20 for what, path in files.items()}
        start = time.perf_counter()
        loaded = sklearn_tagkd.load(files["student"])
        to_load = time.perf_counter() - start
        sklearn_tagkd.export_onnx(loaded, Path(folder) / "onnx")
        session = onnxruntime.InferenceSession(Path(folder) / "onnx")
        by_onnx = session.run(None, onnx_inputs(loaded, graph))[0]
        served = ServedModel.from_file(files["student"])
    expected = loaded.predict_proba(graph)
    cells = graph.adjacency.tocoo()
    by_numpy = served.predict_proba(
        graph.texts,
        np.stack([cells.row, cells.col], axis=1),
        directed=True,  # both directions of every link are there
        embeddings=embed_texts(graph.texts, student.encoder),
    )
    print(name)
    for what, mib in sizes.items():
        print(f"  {what}: {mib:.2f} MiB")
    print(f"  seconds to save both: {seconds:.1f}, to load the student: {to_load:.2f}")
    for what, found in (
        ("fitted and loaded", model.predict_proba(graph)),
        ("loaded and numpy", by_numpy),
        ("loaded and onnxruntime", by_onnx),
    ):
        print(f"  apart at most, {what}: {np.abs(found - expected).max():.1e}")


if __name__ == "__main__":
    main()
