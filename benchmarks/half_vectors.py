"""How far vectors of half precision move a fitted student.

    python benchmarks/half_vectors.py docs FOLDER ...

A pipeline learns from 140 recorded answers with float32 vectors of MiniLM, is saved,
and predicts all nodes: from these vectors, from the same in float16, as
``embed_folder`` writes them, and from those that the encoder computes in bfloat16.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import sklearn_tagkd
from sklearn_tagkd import (
    DistilledStudentClassifier,
    InterpreterGNNClassifier,
    LLMRationaleTransformer,
    datasets,
)
from sklearn_tagkd.encoding import embed_texts
from sklearn_tagkd.llm import RecordedAnswers
from sklearn_tagkd.serving import ServedModel

MODEL = "all-MiniLM-L6-v2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graphs", nargs="+")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--answers", type=int, default=140)
    options = parser.parse_args()
    print("| graph | vectors | most | 99.9% of nodes | labels that change |")
    print("|---|---|---|---|---|")
    for name in options.graphs:
        is_docs = name == "docs"
        bunch = datasets.load_docs() if is_docs else datasets.read_graph(name)
        moved: dict[str, list[np.ndarray]] = {"float16": [], "bfloat16": []}
        changed = dict.fromkeys(moved, 0)
        for seed in range(options.seeds):
            for kind, (shares, exact) in _predict(bunch, options.answers, seed).items():
                moved[kind].append(np.abs(shares - exact).max(axis=1))
                changed[kind] += int((shares.argmax(1) != exact.argmax(1)).sum())
        for kind, differences in moved.items():
            found = np.concatenate(differences)
            print(
                f"| {Path(name).name} | {kind} | {found.max():.4f} | "
                f"{np.quantile(found, 0.999):.4f} | {changed[kind]} of {len(found)} |"
            )


def _predict(
    bunch: object, answers: int, seed: int
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    graph = bunch.graph
    short = {"encoder": MODEL, "random_state": seed, "device": "cpu"}
    asked = LLMRationaleTransformer(
        llm=RecordedAnswers(bunch.answers), max_nodes=answers, random_state=seed
    ).fit_transform(graph)
    taught = InterpreterGNNClassifier(**short).fit_transform(asked)
    student = DistilledStudentClassifier(**short).fit(taught)
    with TemporaryDirectory() as folder:
        sklearn_tagkd.save(student, Path(folder) / "student.safetensors")
        served = ServedModel.from_file(Path(folder) / "student.safetensors")
    texts = list(graph.texts)
    edges = np.argwhere(np.triu(graph.adjacency.toarray()))

    def shares(vectors: np.ndarray) -> np.ndarray:
        return served.predict_proba(texts, edges, embeddings=vectors)

    whole = embed_texts(texts, MODEL, device="cpu", progress=False)
    half = embed_texts(texts, f"{MODEL}:bfloat16", device="cpu", progress=False)
    exact = shares(whole)
    rounded = whole.astype(np.float16).astype(np.float32)
    return {"float16": (shares(rounded), exact), "bfloat16": (shares(half), exact)}


if __name__ == "__main__":
    main()
