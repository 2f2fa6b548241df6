"""What ``sklearn-tagkd predict`` takes on a folder of a million rows.

``python benchmarks/commands.py --nodes 1000000`` makes folders with three links a node,
trains a model on 2,000 nodes of the kind, and lets a process of its own label them:
``mlp`` on texts of 30 words that are hashed, which sees a part at a time, and
``decoupled`` on 128 numbers a node, which sees the whole graph. It prints seconds, rows
a second, and the most memory that the process ever took. Nothing is cached between runs
(``SKLEARN_TAGKD_CACHE=off``).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N_CLASSES, N_WORDS, N_LINKS, N_NUMBERS, N_TRAINED = 10, 30, 3, 128, 2000
PART = 50_000
WAYS = {
    "mlp, hashed texts": ["--encoder", "hashing", "--backbone", "mlp"],
    "decoupled, 128 numbers": ["--features", "numbers"],
    "decoupled, hashed texts": ["--encoder", "hashing"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    options = parser.parse_args()
    print(f"{options.nodes:,} nodes, {N_LINKS * options.nodes:,} links")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for way in options.ways:
            measure(folder, way, options.nodes)


def measure(folder: Path, way: str, n_nodes: int) -> None:
    small, large = folder / "small", folder / "large"
    as_texts = way.endswith("texts")
    write_folder(small, N_TRAINED, as_texts)
    write_folder(large, n_nodes, as_texts)
    model, labels = folder / "model.safetensors", folder / "labels.parquet"
    run("train", small, "-o", model, *WAYS[way])
    features = ["--features", "numbers"] if not as_texts else []
    begin = time.perf_counter()
    most = run("predict", model, large, "-o", labels, *features)
    seconds = time.perf_counter() - begin
    n_rows = pq.read_metadata(labels).num_rows
    assert n_rows == n_nodes
    on_disk = sum(path.stat().st_size for path in large.iterdir()) / 2**20
    print(
        f"{way}: {seconds:.0f} s, {n_nodes / seconds:,.0f} rows a second, at most "
        f"{most / 1024:,.0f} MiB; the folder takes {on_disk:,.0f} MiB",
        flush=True,
    )


def run(*arguments: object) -> int:
    """Run a command; return the most KiB that its process took."""
    environment = {**os.environ, "SKLEARN_TAGKD_CACHE": "off"}
    command = [sys.executable, "-m", "sklearn_tagkd", *map(str, arguments), "--quiet"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments[0]} ended with {process.returncode}")
    return usage.ru_maxrss


def write_folder(folder: Path, n_nodes: int, as_texts: bool) -> None:
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    vocabulary = np.array([f"word{number}" for number in range(20_000)])
    centers = random.standard_normal((N_CLASSES, N_NUMBERS)).astype(np.float32)
    writer = None
    for begin in range(0, n_nodes, PART):
        n_rows = min(PART, n_nodes - begin)
        classes = random.integers(N_CLASSES, size=n_rows)
        columns = {
            "node": pa.array(np.arange(begin, begin + n_rows)),
            "label": pa.array([f"class {number}" for number in classes]),
        }
        if as_texts:
            # A third of the words are of the class's own thousand.
            words = random.integers(len(vocabulary), size=(n_rows, N_WORDS))
            own = classes[:, None] * 1000 + random.integers(1000, size=words.shape)
            words = np.where(random.random(words.shape) < 1 / 3, own, words)
            columns["text"] = pa.array([" ".join(vocabulary[row]) for row in words])
        else:
            noise = random.standard_normal((n_rows, N_NUMBERS), dtype=np.float32)
            numbers = pa.array((centers[classes] + 4 * noise).ravel())
            columns["numbers"] = pa.FixedSizeListArray.from_arrays(numbers, N_NUMBERS)
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(folder / "nodes.parquet", table.schema)
        writer.write_table(table)
    writer.close()
    ends = random.integers(n_nodes, size=(2, N_LINKS * n_nodes))
    edges = pa.table({"source": ends[0], "target": ends[1]})
    pq.write_table(edges, folder / "edges.parquet")


if __name__ == "__main__":
    main()
