"""Fitting on a graph that memory does not hold, under a limit, and in memory without.

    python benchmarks/out_of_core_fit.py FOLDER                    # 1 million nodes
    python benchmarks/out_of_core_fit.py FOLDER --max-memory 1GiB --limit 1GiB

Draws the graph of ``out_of_core.py`` into the folder (once), with eight classes that
its rows tell, builds its links, and fits an interpreter and its student on a few
hundred labels: in memory, and by parts with ``--max-memory``, each in a process of its
own, and the latter with ``--limit`` in a control group of that much memory. Then all
nodes are predicted. Seconds are the clock's; the peak is of memory that no file backs.
At the end it says how many labels agree, and how far probabilities of 10,000 nodes are
apart.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np
from out_of_core import draw, measure

_CLASSES = 8
_ASKED = 10_000  # nodes whose probabilities are compared


def label(folder: Path, n_labels: int) -> None:
    """Write the class of every node, and of most of them that it is not known."""
    features = np.load(folder / "features.npy", mmap_mode="r")
    random = np.random.default_rng(1)
    directions = random.standard_normal((features.shape[1], _CLASSES))
    true = np.empty(len(features), dtype=np.int64)
    for start in range(0, len(true), 65_536):
        rows = features[start : start + 65_536].astype(np.float64)
        true[start : start + 65_536] = (rows @ directions).argmax(axis=1)
    known = np.full(len(true), -1)
    some = random.choice(len(true), n_labels, replace=False)
    known[some] = true[some]
    np.save(folder / "true.npy", true)
    np.save(folder / "known.npy", known)


def fit(folder: Path, max_memory: str | None, steps: int, only_student: bool) -> None:
    """Fit, predict, and write what is said."""
    from sklearn.pipeline import make_pipeline

    from sklearn_tagkd import (
        DistilledStudentClassifier,
        InterpreterGNNClassifier,
        TextGraph,
    )

    graph = TextGraph.open(folder, max_memory=max_memory)
    how = {"max_iter": steps, "random_state": 0, "progress": False}
    steps_ = [InterpreterGNNClassifier(**how), DistilledStudentClassifier(**how)]
    model = make_pipeline(*steps_[only_student:])
    start = time.perf_counter()
    model.fit(graph, np.load(folder / "known.npy"))
    fitted = time.perf_counter()
    said = model.predict(graph)
    ended = time.perf_counter()
    print(f"fit {fitted - start:.1f} s, predict {ended - fitted:.1f} s", flush=True)
    name = "memory" if max_memory is None else "parts"
    np.save(folder / f"said-{name}.npy", said)
    few = graph[np.arange(0, len(graph), -(-len(graph) // _ASKED))]
    np.save(folder / f"shares-{name}.npy", model.predict_proba(few))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, default=10**6)
    parser.add_argument("--links", type=int, default=25 * 10**6)
    parser.add_argument("--columns", type=int, default=128)
    parser.add_argument("--labels", type=int, default=500)
    parser.add_argument("--steps", type=int, default=200, help="max_iter")
    parser.add_argument("--only-student", action="store_true")
    parser.add_argument("--max-memory", default="1GiB", help="what a step may take")
    parser.add_argument("--limit", help="of the group that fitting by parts runs in")
    parser.add_argument("--runs", nargs="+", default=["memory", "parts"])
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.folder
    if options.inside:
        memory = None if options.runs == ["memory"] else options.max_memory
        fit(folder, memory, options.steps, options.only_student)
        return
    if not (folder / "features.npy").is_file():
        draw(folder, options.nodes, options.links, options.columns)
    label(folder, options.labels)
    if not (folder / "built").is_dir():
        from sklearn_tagkd.bulk import build_links

        build_links(folder)
    for run in options.runs:
        for left in (folder / "built").glob("fitted-*"):
            shutil.rmtree(left)
        inside = [sys.executable, __file__, *sys.argv[1:], "--inside", "--runs", run]
        found = measure(inside, options.limit if run == "parts" else None)
        print(json.dumps({"run": run, **vars(options), **found}, default=str))
    if all((folder / f"said-{run}.npy").is_file() for run in ("memory", "parts")):
        said, shares = (
            [np.load(folder / f"{what}-{run}.npy") for run in ("memory", "parts")]
            for what in ("said", "shares")
        )
        right = [(some == np.load(folder / "true.npy")).mean() for some in said]
        print(f"right: {right[0]:.6f} in memory, {right[1]:.6f} by parts")
        print(f"labels that agree: {(said[0] == said[1]).mean():.6f}")
        print(
            f"probabilities differ by up to {np.abs(shares[0] - shares[1]).max():.1e}"
        )


if __name__ == "__main__":
    main()
