"""From tables in a folder to a graph that is mapped: in bounded memory, by tasks."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from joblib import effective_n_jobs

from sklearn_tagkd.bulk.links import cut_rows, merge_rows, write_run
from sklearn_tagkd.bulk.nodes import pack_nodes
from sklearn_tagkd.bulk.tables import Chunk, Table, find_table
from sklearn_tagkd.bulk.tasks import run_tasks
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.links import LinkReport
from sklearn_tagkd.graph.stored import BUILT, FORMAT, open_ids, open_store
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.memory_sizes import memory_bytes
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["build_links"]

_PER_EDGE = 200  # bytes that an edge takes while a run is read and sorted
_PER_KEY = 48  # bytes that a link takes while ranges of rows are put together
_COPIED = 2**24  # numbers that are copied at a time
_MOST_EDGES = 2**23  # of a run
_FEATURES: tuple[object, ...] = ("<f2", "<f4", "<f8")


def build_links(
    folder: str | PathLike[str],
    *,
    directed: bool = False,
    max_memory: int | str = "4GiB",
    n_jobs: int | None = None,
    progress: bool | str = "auto",
) -> LinkReport:
    """Build a graph out of tables, of any size, for :meth:`TextGraph.open`.

    Edges may come in any order. Ids become positions, double edges are merged and
    self-loops left out, as in a graph in memory. Killed and run again, it goes on where
    it was; the same tables give the same bytes.

    Parameters
    ----------
    folder : str or PathLike
        Holds ``nodes.parquet`` (columns ``node``, ``text``) and ``edges.parquet``
        (columns ``source``, ``target`` and, where links have weights, ``weight``), or
        the same as ``.csv``, or folders ``nodes`` and ``edges`` of such files; where
        nodes have numbers, ``features.npy``, of float16, float32 or float64 and of
        shape (n_nodes, n_features), beside which texts may be left out. It is written
        to: what is built lies in ``built``, about 5 bytes per link and direction, and
        12 more while it is built.
    directed : bool, default=False
        Whether a link goes one way.
    max_memory : int or str, default='4GiB'
        Bytes, or such as ``'500MiB'``, that all processes together take for edges;
        ids take 40 bytes per node beside, while they are read.
    n_jobs : int, default=None
        Processes; None is 1, or what ``joblib.parallel_config`` says.
    progress : bool or 'auto', default='auto'
        Whether to show a progress bar.

    Returns
    -------
    LinkReport
        How many links were kept, merged and left out.

    Raises
    ------
    FileNotFoundError
        If a table is not there.
    GraphFormatError
        If a file is damaged, or the tables do not make a graph.
    MissingExtraError
        If pyarrow or pandas is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from sklearn_tagkd.bulk import build_links
    >>> folder = Path(tempfile.mkdtemp())
    >>> nodes = pd.DataFrame({"node": [7, 9], "text": ["goal", "vote"]})
    >>> nodes.to_parquet(folder / "nodes.parquet")
    >>> edges = pd.DataFrame({"source": [7, 9, 7], "target": [9, 7, 7]})
    >>> edges.to_parquet(folder / "edges.parquet")
    >>> report = build_links(folder)
    >>> report.n_links, report.duplicate_links, report.self_loops
    (1, 1, 1)
    """
    folder = Path(folder)
    built = folder / BUILT
    memory = memory_bytes(max_memory)
    nodes, edges = _tables(folder, built)
    features = _features(folder, nodes.n_rows)
    source = _fingerprint([*nodes.paths, *edges.paths], directed, features)
    if (built / "graph.json").is_file():
        known = json.loads((built / "graph.json").read_text(encoding="utf-8"))
        if known.get("source") == source:
            return open_store(folder).report
        (built / "graph.json").unlink()
    pieces = built / f"pieces-{source}"
    for stale in set(built.glob("pieces-*")) - {pieces}:
        shutil.rmtree(stale)
    pieces.mkdir(exist_ok=True)
    said = (
        _nodes(nodes, built, pieces / "nodes.json", features["n_features"] > 0)
        | features
    )
    weighted = "weight" in edges.columns
    job = _Job(pieces, built, said, directed, weighted, memory, n_jobs, progress)
    counts, n_runs = job.sort(edges)
    for way in ("out", "in") if directed else ("out",):
        job.join(way, job.merge(way, n_runs))
    report = job.report(counts)
    said |= {"directed": directed, "weighted": weighted, "n_cells": job.n_cells}
    said |= asdict(report) | {"format": FORMAT, "source": source}
    with replacing(built / "graph.json") as path:
        path.write_text(json.dumps(said, indent=1), encoding="utf-8")
    shutil.rmtree(pieces)
    return report


@dataclass
class _Job:
    """What all stages of building links know."""

    pieces: Path
    built: Path
    said: dict[str, Any]
    directed: bool
    weighted: bool
    memory: int
    n_jobs: int | None
    progress: bool | str
    n_cells: int = 0

    @property
    def n_nodes(self) -> int:
        return int(self.said["n_nodes"])

    def sort(self, edges: Table) -> tuple[dict[str, int], int]:
        """Sort edges in runs; return what was counted, and how many runs there are."""
        # Pieces of one size whatever the memory next time: a killed build goes on.
        plan = self.pieces / "plan.json"
        if not plan.is_file():
            share = self.memory // max(1, effective_n_jobs(self.n_jobs))
            n_edges = min(max(2**12, share // _PER_EDGE), _MOST_EDGES)
            chunks = [asdict(chunk) for chunk in edges.chunks(n_edges)]
            with replacing(plan) as path:
                path.write_text(json.dumps(chunks), encoding="utf-8")
        chunks = json.loads(plan.read_text(encoding="utf-8"))
        tasks = [
            (self.pieces, number, chunk, self.directed, self.weighted)
            for number, chunk in enumerate(chunks)
        ]
        self._run(_sort_chunk, tasks, "sort links")
        counts = {"n_edges": 0, "self_loops": 0, "weightless_links": 0}
        for number in range(len(tasks)):
            path = self.pieces / f"run-{number:05d}.json"
            found = json.loads(path.read_text(encoding="utf-8"))
            counts = {name: total + found[name] for name, total in counts.items()}
        return counts, len(tasks)

    def merge(self, way: str, n_runs: int) -> list[tuple[int, int]]:
        """Put ranges of rows together; return them."""
        plan = self.pieces / f"{way}-ranges.json"
        if not plan.is_file():
            share = self.memory // max(1, effective_n_jobs(self.n_jobs))
            n_keys = max(2**12, share // _PER_KEY)
            cuts = cut_rows(self.pieces, way, n_runs, self.n_nodes, n_keys)
            with replacing(plan) as path:
                path.write_text(json.dumps(cuts), encoding="utf-8")
        ranges = [(low, high) for low, high in json.loads(plan.read_text())]
        tasks = [
            (self.pieces, way, rows, n_runs, self.n_nodes, self.weighted)
            for rows in ranges
        ]
        self._run(merge_rows, tasks, "merge links")
        return ranges

    def join(self, way: str, ranges: list[tuple[int, int]]) -> None:
        """Write the ranges of rows after one another."""
        stem = "received_" if way == "in" else ""
        parts = [self.pieces / f"{way}-rows-{first:012d}" for first, _ in ranges]
        counts = [
            map_array(part.with_name(f"{part.name}-counts.npy")) for part in parts
        ]
        self.n_cells = sum(int(count.sum()) for count in counts)
        index = "<i4" if max(self.n_nodes, self.n_cells) < 2**31 else "<i8"
        end = 0
        with ArrayFile(self.built / f"{stem}starts.npy", index) as starts:
            starts.append(np.zeros(1))
            for count in counts:
                starts.append(np.cumsum(count) + end)
                end += int(count.sum())
        with ArrayFile(self.built / f"{stem}neighbors.npy", index) as neighbors:
            for block in _blocks(parts, "columns"):
                neighbors.append(block)
        kind = "<f8" if self.weighted else "i1"
        with ArrayFile(self.built / f"{stem}weights.npy", kind) as weights:
            for block in _blocks(parts, "weights" if self.weighted else "columns"):
                weights.append(block if self.weighted else np.ones(len(block), np.int8))

    def report(self, counts: dict[str, int]) -> LinkReport:
        """Tell what was mended, by what lies there now."""
        linked = np.zeros(self.n_nodes, dtype=bool)
        for stem in ("", "received_") if self.directed else ("",):
            starts = map_array(self.built / f"{stem}starts.npy")
            for low in range(0, self.n_nodes, _COPIED):
                part = starts[low : low + _COPIED + 1]
                linked[low : low + _COPIED] |= part[1:] > part[:-1]
        n_links = self.n_cells if self.directed else self.n_cells // 2
        left_out = counts["self_loops"] + counts["weightless_links"]
        return LinkReport(
            n_links=n_links,
            self_loops=counts["self_loops"],
            duplicate_links=counts["n_edges"] - left_out - n_links,
            isolated_nodes=int(self.n_nodes - linked.sum()),
            weightless_links=counts["weightless_links"],
        )

    def _run(self, function: Any, tasks: list[Any], title: str) -> None:
        run_tasks(
            function, tasks, n_jobs=self.n_jobs, title=title, progress=self.progress
        )


def _sort_chunk(
    pieces: Path, number: int, chunk: dict[str, Any], directed: bool, weighted: bool
) -> None:
    said = json.loads((pieces / "nodes.json").read_text(encoding="utf-8"))
    write_run(
        pieces,
        number,
        Chunk(**chunk | {"groups": tuple(chunk["groups"])}),
        open_ids(pieces.parent, said),
        directed=directed,
        weighted=weighted,
    )


def _blocks(parts: list[Path], name: str) -> Iterator[Any]:
    for part in parts:
        array = map_array(part.with_name(f"{part.name}-{name}.npy"))
        for start in range(0, len(array), _COPIED):
            yield array[start : start + _COPIED]


def _tables(folder: Path, built: Path) -> tuple[Table, Table]:
    nodes = find_table(folder, "nodes", {"node"}, built)
    edges = find_table(folder, "edges", {"source", "target"}, built)
    built.mkdir(exist_ok=True)
    return nodes, edges


def _nodes(table: Table, built: Path, path: Path, has_features: bool) -> dict[str, Any]:
    if not path.is_file():
        said = pack_nodes(table, built, has_features)
        with replacing(path) as partial:
            partial.write_text(json.dumps(said), encoding="utf-8")
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return known


def _features(folder: Path, n_nodes: int) -> dict[str, Any]:
    path = folder / "features.npy"
    if not path.is_file():
        return {"n_features": 0}
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise GraphFormatError(
            f"features.npy cannot be read ({type(error).__name__}). Write it by "
            "numpy.save."
        ) from None
    kind = np.lib.format.dtype_to_descr(found.dtype)
    if kind not in _FEATURES or found.ndim != 2 or len(found) != n_nodes:
        raise GraphFormatError(
            f"features.npy holds {found.dtype} of shape {found.shape}. It must hold "
            f"float16, float32 or float64, one row for each of the {n_nodes} nodes."
        )
    return {"n_features": found.shape[1], "feature_type": kind}


def _fingerprint(paths: list[Path], directed: bool, features: dict[str, Any]) -> str:
    """Tell tables apart by their files: size, and when they were written."""
    seen = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    known = json.dumps([seen, directed, features, FORMAT])
    return hashlib.blake2b(known.encode(), digest_size=8).hexdigest()
