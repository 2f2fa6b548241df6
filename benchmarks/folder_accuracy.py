"""Labels of a graph by parts, beside those that its model gives in memory.

    python benchmarks/folder_accuracy.py FOLDER
    python benchmarks/folder_accuracy.py FOLDER --encoder minilm --answers 2000

FOLDER holds ``nodes.parquet`` with columns ``node``, ``text`` and ``label``, and
``edges.parquet``. A student is fitted in memory on some of the labels; then the tables
are built, embedded, propagated and predicted in a folder beside, in as little memory as
can be. Prints both accuracies on the other nodes, how many labels differ, and the
largest difference of a probability: from the fitted model, of which the file keeps
weights in half precision, and from the saved one in memory.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.bulk import build_links, predict_folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", default="hashing")
    parser.add_argument("--answers", type=int, default=2000)
    parser.add_argument("--max-memory", default="420MiB")
    options = parser.parse_args()
    nodes = pd.read_parquet(options.folder / "nodes.parquet")
    edges = pd.read_parquet(options.folder / "edges.parquet")
    graph = TextGraph.from_pandas(nodes[["node", "text"]], edges)
    labels = nodes["label"].fillna("").to_numpy(dtype=object)
    known = np.random.default_rng(0).permutation(np.flatnonzero(labels != ""))
    target = np.full(len(labels), "", dtype=object)
    target[known[: options.answers]] = labels[known[: options.answers]]
    rest = known[options.answers :]
    student = DistilledStudentClassifier(encoder=options.encoder, random_state=0)
    student.fit(graph, target)
    in_memory = student.predict_proba(graph)
    with TemporaryDirectory() as name:
        folder = Path(name)
        nodes[["node", "text"]].to_parquet(folder / "nodes.parquet")
        edges.to_parquet(folder / "edges.parquet")
        sklearn_tagkd.save(student, folder / "student.safetensors")
        saved = sklearn_tagkd.load(folder / "student.safetensors").predict_proba(graph)
        build_links(folder, max_memory="1MiB")
        parts = predict_folder(
            folder / "student.safetensors",
            folder,
            folder / "labels",
            probabilities=True,
            max_memory=options.max_memory,
        )
        n_blocks = len(list(folder.glob("built/predicted-*/columns-*.npy")))
        found = pd.concat(map(pd.read_parquet, parts))
    classes = student.classes_
    by_parts = found[list(classes)].to_numpy()
    said = classes[in_memory.argmax(axis=1)], found["label"].to_numpy()
    accuracies = [float((way[rest] == labels[rest]).mean()) for way in said]
    print(
        json.dumps(
            {
                **vars(options),
                "nodes": len(nodes),
                "blocks of columns": n_blocks,
                "accuracy in memory": accuracies[0],
                "accuracy by parts": accuracies[1],
                "labels that differ": int((said[0] != said[1]).sum()),
                "from the fitted model": float(np.abs(by_parts - in_memory).max()),
                "from the saved model": float(np.abs(by_parts - saved).max()),
            },
            default=str,
        )
    )


if __name__ == "__main__":
    main()
