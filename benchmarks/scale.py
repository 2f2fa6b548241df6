"""Time and memory against the size of the graph: planted classes, no texts.

    python benchmarks/scale.py                       # 10^4, 10^5, 10^6 nodes
    python benchmarks/scale.py --nodes 2400000       # 62 million links
    python benchmarks/scale.py --nodes 2400000 --mapped   # features: float16, in a file
    python benchmarks/scale.py --backbone sage --nodes 1000000
    python benchmarks/scale.py --device cuda

A student learns 2,000 labels and predicts every node, in a process of its own for each
size. The same process times the bare sparse products that the decoupled backbone needs,
before the fit, between fit and prediction, and after: the median of three products of
the links and the embeddings, by scipy and by torch, times the number of steps; the
ratio is to the faster of the two. Seconds are the processor's, so that a busy machine
spoils less, or with a GPU the clock's; "wall" is the clock's. With a GPU, bare products
are its own, and its memory's peak stands beside. Neither the time nor the peak is
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
from clock import clock
from synthetic import planted_graph

from sklearn_tagkd import TextGraph

LINKS_PER_NODE = 62 / 2.4  # as in ogbn-products


def measure(n_nodes: int, backbone: str, mapped: bool, device: str) -> dict[str, float]:
    """Fit a student and predict every node."""
    from sklearn_tagkd import DistilledStudentClassifier

    planted = planted_graph(n_nodes, round(LINKS_PER_NODE * n_nodes), mapped=mapped)
    options = {"backbone": backbone, "device": device, "progress": False}
    model = DistilledStudentClassifier(random_state=0, **options)
    seconds = clock(device)
    # Imports and first calls of libraries are no part of the time.
    small = planted_graph(1000, 5000)
    DistilledStudentClassifier(max_iter=2, **options).fit(small.graph, small.y)
    built = peak()
    products = [bare_products(planted.graph, device)]
    forget_peak()
    start, wall = seconds(), time.perf_counter()
    model.fit(planted.graph, planted.y)
    fit, fit_wall = seconds() - start, time.perf_counter() - wall
    reached = peak()
    products.append(bare_products(planted.graph, device))
    forget_peak()
    start, wall = seconds(), time.perf_counter()
    predicted = model.predict_proba(planted.graph).argmax(axis=1)
    predict, predict_wall = seconds() - start, time.perf_counter() - wall
    reached = max(reached, peak())
    products.append(bare_products(planted.graph, device))
    by_scipy, by_torch = model.n_hops * np.median(products, axis=0)
    test = planted.y < 0
    return {
        "links": planted.graph.report.n_links,
        "fit": fit,
        "predict": predict,
        "wall": fit_wall + predict_wall,
        "built GiB": built,
        "peak GiB": reached,
        "GPU GiB": gpu_peak(),
        "accuracy": float((predicted == planted.classes)[test].mean()),
        "scipy": float(by_scipy),
        "torch": float(by_torch),
    }


def bare_products(graph: TextGraph, device: str) -> tuple[float, float]:
    """Time one product of the links and the embeddings, by scipy and by torch."""
    import torch
    from scipy.sparse import csr_array

    from sklearn_tagkd.nn.device import pick_device

    pattern, seconds = graph.adjacency, clock(device)
    ones = np.ones(pattern.nnz, dtype=np.float32)
    links = csr_array((ones, pattern.indices, pattern.indptr), shape=pattern.shape)
    rows = np.asarray(graph.features, dtype=np.float32)
    where, by_scipy = pick_device(device), np.inf
    if where.type == "cpu":
        start = seconds()
        links @ rows
        by_scipy = seconds() - start
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arrays = (links.indptr, links.indices, links.data)
        tensors = [torch.from_numpy(array).to(where) for array in arrays]
        matrix = torch.sparse_csr_tensor(*tensors, links.shape)
    placed = torch.from_numpy(rows).to(where)
    start = seconds()
    matrix @ placed
    return by_scipy, seconds() - start


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def gpu_peak() -> float:
    import torch

    return torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else 0


def forget_peak() -> None:
    """Let the peak start from what is held now, where the system can (Linux)."""
    with contextlib.suppress(FileNotFoundError):
        Path("/proc/self/clear_refs").write_text("5")


def in_a_process(
    n_nodes: int, backbone: str, mapped: bool, device: str
) -> dict[str, float]:
    command = [sys.executable, __file__, "--here", "--nodes", str(n_nodes)]
    command += ["--device", device]
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
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    how = (options.backbone, options.mapped, options.device)
    if options.here:
        print(json.dumps(measure(options.nodes[0], *how)))
        return
    columns = ["links", "fit", "predict", "wall", "built GiB", "peak GiB", "GPU GiB"]
    columns += ["accuracy", "scipy", "torch"]
    print(f"{options.backbone}, {LINKS_PER_NODE:.1f} links per node, seconds and GiB")
    print("| nodes |", " | ".join(columns), "| ratio |")
    print("|---" * (len(columns) + 2) + "|")
    size, seconds, products, memory = [], [], [], []
    for n_nodes in options.nodes:
        figures = in_a_process(n_nodes, *how)
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
