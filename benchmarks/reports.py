"""What reports on large graphs take.

``python benchmarks/reports.py --nodes 100000 1000000`` makes graphs of three links a
node and ten classes, of texts of 30 words or of 128 numbers a node, fits a student on
2,000 labels, and writes both reports; each in a process of its own. It prints seconds,
the most memory that the process took by then, and the size of the file.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

N_CLASSES, N_WORDS, N_LINKS, N_NUMBERS, N_TRAINED = 10, 30, 3, 128, 2000
KINDS = ("texts", "numbers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, nargs="+", default=[100_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure(options.nodes[0], options.kinds[0])
        return
    for kind in options.kinds:
        for n_nodes in options.nodes:
            command = [sys.executable, __file__, "--one", "--nodes", str(n_nodes)]
            environment = {**os.environ, "SKLEARN_TAGKD_CACHE": "off"}
            subprocess.run([*command, "--kinds", kind], check=True, env=environment)


def measure(n_nodes: int, kind: str) -> None:
    from sklearn_tagkd import DistilledStudentClassifier, GraphReport, report

    graph, y = make(n_nodes, kind)
    told(kind, n_nodes, "the graph alone", None, time.perf_counter())
    with tempfile.TemporaryDirectory() as name:
        path, begin = Path(name) / "report.html", time.perf_counter()
        GraphReport(graph, y).save(path)
        told(kind, n_nodes, "GraphReport", path, begin)
        some = np.where(np.arange(n_nodes) < N_TRAINED, y, -1)
        student = DistilledStudentClassifier(
            encoder="hashing", max_iter=30, random_state=0
        )
        begin = time.perf_counter()
        student.fit(graph, some)
        student.predict(graph)
        told(kind, n_nodes, "fit and predict", None, begin)
        begin = time.perf_counter()
        report(student, graph, y, path)
        told(kind, n_nodes, "report", path, begin)


def make(n_nodes: int, kind: str):
    from sklearn_tagkd import TextGraph

    rng = np.random.default_rng(0)
    y = rng.integers(0, N_CLASSES, n_nodes)
    edges = rng.integers(0, n_nodes, (N_LINKS * n_nodes, 2))
    if kind == "numbers":
        numbers = rng.standard_normal((n_nodes, N_NUMBERS), dtype=np.float32)
        numbers[np.arange(n_nodes), y] += 2
        return TextGraph(None, edges, features=numbers), y
    words = np.array([f"word{i}" for i in range(5000)])
    texts = []
    for label in y.tolist():
        drawn = rng.integers(0, 5000, N_WORDS)
        drawn[:10] = drawn[:10] % 50 + 50 * label
        texts.append(" ".join(words[drawn]))
    return TextGraph(texts, edges), y


def told(kind: str, n_nodes: int, what: str, path: Path | None, begin: float) -> None:
    seconds = time.perf_counter() - begin
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = f", {path.stat().st_size / 2**10:,.0f} KiB" if path else ""
    print(
        f"{n_nodes:,} nodes of {kind}, {what}: {seconds:.0f} s, at most {most:,.0f} "
        f"MiB{size}",
        flush=True,
    )


if __name__ == "__main__":
    main()
