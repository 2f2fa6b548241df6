"""Time and memory against the size of the graph: planted classes, no texts.

    python benchmarks/scale.py                       # 10^4, 10^5, 10^6 nodes
    python benchmarks/scale.py --nodes 2400000       # 62 million links
    python benchmarks/scale.py --nodes 2400000 --mapped   # features: float16, in a file
    python benchmarks/scale.py --backbone sage --nodes 1000000

A student learns 2,000 labels and predicts every node, in a process of its own for each
size. The same process times the bare sparse products that the decoupled backbone needs,
before the fit, between fit and prediction, and after: the median of three products of
the links and the embeddings, by scipy and by torch, times the number of steps; the
ratio is to the faster of the two. Seconds are the processor's, so
that a busy machine spoils less; "wall" is the clock's. Neither the time nor the peak is
of building the graph, whose peak is "built", nor of the bare products.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from synthetic import planted_graph

from sklearn_tagkd import TextGraph

LINKS_PER_NODE = 62 / 2.4  # as in ogbn-products


def measure(n_nodes: int, backbone: str, mapped: bool) -> dict[str, float]:
    """Fit a student and predict every node."""
    from sklearn_tagkd import DistilledStudentClassifier

    planted = planted_graph(n_nodes, round(LINKS_PER_NODE * n_nodes), mapped=mapped)
    model = DistilledStudentClassifier(backbone, random_state=0, progress=False)
    # Imports and first calls of libraries are no part of the time.
    small = planted_graph(1000, 5000)
    DistilledStudentClassifier(backbone, max_iter=2).fit(small.graph, small.y)
    built = peak()
    products = [bare_products(planted.graph)]
    forget_peak()
    start, wall = time.process_time(), time.perf_counter()
    model.fit(planted.graph, planted.y)
    fit, fit_wall = time.process_time() - start, time.perf_counter() - wall
    reached = peak()
    products.append(bare_products(planted.graph))
    forget_peak()
    start, wall = time.process_time(), time.perf_counter()
    predicted = model.predict_proba(planted.graph).argmax(axis=1)
    predict, predict_wall = time.process_time() - start, time.perf_counter() - wall
    reached = max(reached, peak())
    products.append(bare_products(planted.graph))
    by_scipy, by_torch = model.n_hops * np.median(products, axis=0)
    test = planted.y < 0
    return {
        "links": planted.graph.report.n_links,
        "fit": fit,
        "predict": predict,
        "wall": fit_wall + predict_wall,
        "built GiB": built,
        "peak GiB": reached,
        "accuracy": float((predicted == planted.classes)[test].mean()),
        "scipy": float(by_scipy),
        "torch": float(by_torch),
    }


def bare_products(graph: TextGraph) -> tuple[float, float]:
    """Time one product of the links and the embeddings, by scipy and by torch."""
    import torch
    from scipy.sparse import csr_array

    pattern = graph.adjacency
    ones = np.ones(pattern.nnz, dtype=np.float32)
    links = csr_array((ones, pattern.indices, pattern.indptr), shape=pattern.shape)
    rows = np.asarray(graph.features, dtype=np.float32)
    start = time.process_time()
    links @ rows
    by_scipy = time.process_time() - start
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arrays = (links.indptr, links.indices, links.data)
        tensors = [torch.from_numpy(array) for array in arrays]
        matrix = torch.sparse_csr_tensor(*tensors, links.shape)
    start = time.process_time()
    matrix @ torch.from_numpy(rows)
    return by_scipy, time.process_time() - start


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def forget_peak() -> None:
    """Let the peak start from what is held now, where the system can (Linux)."""
    with contextlib.suppress(FileNotFoundError):
        Path("/proc/self/clear_refs").write_text("5")


def in_a_process(n_nodes: int, backbone: str, mapped: bool) -> dict[str, float]:
    command = [sys.executable, __file__, "--here", "--nodes", str(n_nodes)]
    command += ["--backbone", backbone, *(["--mapped"] if mapped else [])]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stderr)
    figures: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sizes = [10**4, 10**5, 10**6]
    parser.add_argument("--nodes", type=int, nargs="+", default=sizes)
    parser.add_argument("--backbone", default="decoupled")
    parser.add_argument("--mapped", action="store_true", help="features in a file")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure(options.nodes[0], options.backbone, options.mapped)))
        return
    columns = ["links", "fit", "predict", "wall", "built GiB", "peak GiB", "accuracy"]
    columns += ["scipy", "torch"]
    print(f"{options.backbone}, {LINKS_PER_NODE:.1f} links per node, seconds and GiB")
    print("| nodes |", " | ".join(columns), "| ratio |")
    print("|---" * (len(columns) + 2) + "|")
    size, seconds, products, memory = [], [], [], []
    for n_nodes in options.nodes:
        figures = in_a_process(n_nodes, options.backbone, options.mapped)
        taken = figures["fit"] + figures["predict"]
        cells = [f"{figures[name]:.4g}" for name in columns]
        bare = min(figures["scipy"], figures["torch"])
        ratio = taken / bare
        print(f"| {n_nodes} |", " | ".join(cells), f"| {ratio:.2f} |", flush=True)
        if n_nodes >= 10**5:
            size.append(n_nodes + figures["links"])
            seconds.append(taken)
            products.append(bare)
            memory.append(figures["peak GiB"])
    if len(size) > 1:
        fitted = {"time": seconds, "bare products": products, "memory": memory}
        for name, values in fitted.items():
            exponent = np.polyfit(np.log(size), np.log(values), 1)[0]
            print(f"{name}: grows as (nodes + links)^{exponent:.2f} from 10^5 nodes on")


if __name__ == "__main__":
    main()
