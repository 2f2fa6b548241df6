"""What a link costs: rows that are summed up, read from anywhere in memory.

    OMP_NUM_THREADS=1 python benchmarks/row_reads.py --columns 8 16 32 64

Every node sums up fifty senders, drawn at random, so that a processor's cache keeps
hardly any. Printed are nanoseconds of the processor a link, the least and the median of
eight groups of 4096 nodes: with rows as propagation takes memory for them, and as torch
does.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from scipy.sparse import csr_array

from sklearn_tagkd.nn.links.weighted_sums import WeightedSums
from sklearn_tagkd.utils.large_arrays import empty_rows

SENDERS = 50
GROUPS = 8


def nanoseconds(links: csr_array, rows: torch.Tensor) -> list[float]:
    """Return what a link cost in each group of receivers."""
    sums = WeightedSums(links, torch.device("cpu"))
    taken = []
    for nodes in sums.groups():
        start = time.process_time()
        sums.of(rows, nodes)
        n_links = (nodes.stop - nodes.start) * SENDERS
        taken.append(1e9 * (time.process_time() - start) / n_links)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=8_000_000)
    parser.add_argument("--columns", type=int, nargs="+", default=[8, 16, 32, 64])
    options = parser.parse_args()
    n_receivers = GROUPS * 4096
    random = np.random.default_rng(0)
    shape = (n_receivers, SENDERS)
    senders = np.sort(random.integers(options.nodes, size=shape, dtype=np.int32))
    starts = np.arange(n_receivers + 1, dtype=np.int32) * SENDERS
    cells = (np.ones(senders.size, np.int8), senders.ravel(), starts)
    links = csr_array(cells, shape=(n_receivers, options.nodes))
    print("| columns | ours, ns | torch's, ns |\n|---|---|---|")
    for n_columns in options.columns:
        said = []
        for take in (empty_rows, torch.empty):
            rows = torch.as_tensor(take(options.nodes, n_columns)).zero_()
            found = nanoseconds(links, rows)
            said.append(f"{min(found):.1f}, {np.median(found):.1f}")
            del rows
        print(f"| {n_columns} | {said[0]} | {said[1]} |", flush=True)


if __name__ == "__main__":
    main()
