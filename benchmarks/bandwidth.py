"""How near propagation comes to the speed of memory, on a GPU or on a CPU.

    python benchmarks/bandwidth.py --nodes 1000000 --device cuda

A step of propagation reads a row of embeddings for every link and, for every node, its
own state and its own embedding, and writes a row; the links and their weights are read
once per block of columns. Those bytes at the speed at which memory is copied (bytes
read and written) are the floor of a machine whose cache keeps no row; one that keeps
some can be faster. Printed are medians: a step, as the difference between twenty and
ten of them, and a whole propagation of ten steps from the memory of the CPU and back.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import torch
from clock import clock
from scale import LINKS_PER_NODE
from synthetic import planted_graph

from sklearn_tagkd.nn.device import pick_device
from sklearn_tagkd.nn.inputs import NetworkInputs
from sklearn_tagkd.nn.links.propagation import propagate

COPIED = 2**28  # float32 values of the copy that measures memory


def copied_per_second(device: torch.device, seconds: Callable[[], float]) -> float:
    """Return bytes read and written per second by a copy."""
    values = torch.rand(COPIED, device=device)
    copy = torch.empty_like(values)
    copy.copy_(values)
    taken = []
    for _ in range(5):
        start = seconds()
        for _ in range(4):
            copy.copy_(values)
        taken.append((seconds() - start) / 4)
    return 2 * 4 * COPIED / float(np.median(taken))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, nargs="+", default=[10**5, 10**6])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    device, seconds = pick_device(options.device), clock(options.device)
    name = torch.cuda.get_device_name() if device.type == "cuda" else device.type
    speed = copied_per_second(device, seconds)
    print(f"{name}, copies {speed / 1e9:.0f} GB/s")
    print("| nodes | links | a step, ms | floor, ms | share | from and to the CPU, s |")
    print("|---|---|---|---|---|---|")
    for n_nodes in options.nodes:
        graph = planted_graph(n_nodes, round(LINKS_PER_NODE * n_nodes)).graph
        links = graph.adjacency.astype(np.float32)
        inputs = NetworkInputs(graph.features, links)
        n_columns = inputs.embeddings.shape[1]
        taken: dict[int, list[float]] = {10: [], 20: []}
        propagate(inputs, 1, 0.1, device=device)
        for _ in range(options.rounds):
            for n_hops, found in taken.items():
                start = seconds()
                propagate(inputs, n_hops, 0.1, device=device).cpu()
                found.append(seconds() - start)
        whole = float(np.median(taken[10]))
        step = (float(np.median(taken[20])) - whole) / 10
        n_bytes = 4 * n_columns * (links.nnz + 3 * n_nodes) + 8 * links.nnz
        floor = n_bytes / speed
        print(
            f"| {n_nodes:,} | {graph.report.n_links:,} | {1e3 * step:.2f} | "
            f"{1e3 * floor:.2f} | {floor / step:.2f} | {whole:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
