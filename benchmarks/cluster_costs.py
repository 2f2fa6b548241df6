"""What a graph in a folder costs on many machines: arithmetic, from measured rates.

    python benchmarks/cluster_costs.py
    python benchmarks/cluster_costs.py --row-ns 20 --workers 64 --memory 256

Rates are of one core each, and the defaults are those that the documents give. Prints
hours for two sizes: that of ogbn-papers100M, and about ten times that.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

_SIZES = {"10^8": (111_000_000, 1_600_000_000), "10^9": (10**9, 10**10)}
_COLUMNS, _HOPS = 128, 10
_GIB = 2**30


@dataclass
class Graph:
    """A graph whose links go both ways."""

    n_nodes: int
    n_links: int

    @property
    def n_cells(self) -> int:
        """Entries of the matrix of links."""
        return 2 * self.n_links

    @property
    def index_bytes(self) -> int:
        """Bytes of a position: eight where four do not number all entries."""
        return 4 if max(self.n_nodes, self.n_cells) < 2**31 else 8

    @property
    def links_bytes(self) -> int:
        """Bytes of what is read at every hop."""
        return (self.n_cells + self.n_nodes) * self.index_bytes

    def columns(self, memory: float) -> int:
        """Columns that a worker holds in so much memory; 0 if not one."""
        free = memory - 400 * 2**20 - 8 * self.n_nodes
        return max(0, min(_COLUMNS, int(free // (8 * self.n_nodes))))


def rows(graph: Graph, options: argparse.Namespace) -> list[tuple[str, float, float]]:
    """Return stages with hours of one core, and hours of all workers' clock."""
    width = graph.columns(options.memory * _GIB)
    n_blocks = -(-_COLUMNS // width)
    at_once = min(n_blocks, options.workers)
    shares = -(-n_blocks // at_once)  # blocks that a worker takes, one after another
    read = options.row_ns + options.wide_ns * max(0, width - 32) / 96
    build = graph.n_links * options.build_us * 1e-6
    written = graph.n_cells * (12 + graph.index_bytes)
    steps = graph.n_cells * _HOPS * read * 1e-9
    reading = graph.links_bytes * _HOPS / (options.read_gb * 1e9)
    block = max(steps, reading)
    embed = graph.n_nodes / options.texts_per_second
    label = graph.n_nodes * options.label_us * 1e-6
    moving = 2 * written / (options.read_gb * 1e9)
    return [
        ("links", build, max(build / options.workers, moving)),
        ("embeddings, on cores", embed, embed / options.workers),
        ("embeddings, on GPUs", 0, graph.n_nodes / options.gpu_texts / options.gpus),
        (f"propagation, {n_blocks} blocks", steps * n_blocks, shares * block),
        ("labels", label, label / options.workers),
    ]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=16, help="of one core each")
    parser.add_argument("--memory", type=float, default=64, help="GiB of a worker")
    parser.add_argument("--gpus", type=int, default=8)
    parser.add_argument("--build-us", type=float, default=0.38, help="per link")
    parser.add_argument(
        "--row-ns", type=float, default=14, help="per link, way, hop and block"
    )
    parser.add_argument(
        "--wide-ns", type=float, default=26, help="more, with 128 columns for 32"
    )
    parser.add_argument("--texts-per-second", type=float, default=97)
    parser.add_argument("--gpu-texts", type=float, default=1667, help="per second")
    parser.add_argument("--label-us", type=float, default=31, help="per node")
    parser.add_argument("--read-gb", type=float, default=0.59, help="GB/s of a worker")
    options = parser.parse_args()
    print("| nodes | stage | hours of a core | hours of the clock |")
    print("|---|---|---|---|")
    for name, (n_nodes, n_links) in _SIZES.items():
        graph = Graph(n_nodes, n_links)
        for stage, work, clock in rows(graph, options):
            cores = f"{work / 3600:,.1f}" if work else ""
            print(f"| {name} | {stage} | {cores} | {clock / 3600:,.2f} |")
    for name, (n_nodes, n_links) in _SIZES.items():
        graph = Graph(n_nodes, n_links)
        vectors = n_nodes * 384 * 4
        print(
            f"{name}: links {graph.links_bytes / 1e12:.2f} TB, "
            f"{12 * graph.n_cells / 1e12:.2f} TB beside while they are built, vectors "
            f"of 384 float32 {vectors / 1e12:.2f} TB, propagated rows "
            f"{4 * _COLUMNS * n_nodes / 1e12:.2f} TB; "
            f"{graph.columns(options.memory * _GIB)} columns in {options.memory:g} GiB"
        )


if __name__ == "__main__":
    main()
