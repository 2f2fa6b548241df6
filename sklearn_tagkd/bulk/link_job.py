"""The stages on the way from a table of edges to links that are mapped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from joblib import effective_n_jobs

from sklearn_tagkd.bulk.claims import once
from sklearn_tagkd.bulk.links import cut_rows, merge_rows, write_run
from sklearn_tagkd.bulk.tables import Chunk, Table
from sklearn_tagkd.bulk.tasks import run_tasks
from sklearn_tagkd.graph.links import LinkReport
from sklearn_tagkd.graph.stored import open_ids
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.whole_files import write_json

__all__ = ["LinkJob"]

_PER_EDGE = 200  # bytes that an edge takes while a run is read and sorted
_PER_KEY = 48  # bytes that a link takes while ranges of rows are put together
_COPIED = 2**24  # numbers that are copied at a time
_MOST_EDGES = 2**23  # of a run


@dataclass
class LinkJob:
    """Links of a graph, on their way from a table of edges to a mapped matrix.

    Parameters
    ----------
    pieces, built : Path
        Folder of what is in work, and of what stays.
    said : dict
        What is known of the graph so far.
    directed, weighted : bool
        Kind of links.
    memory : int
        Bytes that all processes together may take for edges.
    n_jobs : int or None
        Processes.
    progress : bool or 'auto'
        Whether to show a progress bar.
    """

    pieces: Path
    built: Path
    said: dict[str, Any]
    directed: bool
    weighted: bool
    memory: int
    n_jobs: int | None
    progress: bool | str
    n_cells: int = field(default=0, init=False)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.said["n_nodes"])

    def sort(self, edges: Table) -> tuple[dict[str, int], int]:
        """Sort edges in runs.

        Parameters
        ----------
        edges : Table
            All of them.

        Returns
        -------
        counts : dict of str to int
            What was left out, and of how many.
        n_runs : int
            How many runs there are.
        """
        # Pieces of one size whatever the memory next time: a killed build goes on.
        plan = self.pieces / "plan.json"
        with once(plan) as is_missing:
            if is_missing:
                self._cut_edges(edges, plan)
        folder = self.built.parent  # which may have been moved meanwhile
        chunks = json.loads(plan.read_text(encoding="utf-8"))
        tasks = {
            self.pieces / f"run-{number:05d}.json": (
                self.pieces,
                number,
                chunk | {"path": str(folder / chunk["path"])},
                self.directed,
                self.weighted,
            )
            for number, chunk in enumerate(chunks)
        }
        self._run(_sort_chunk, tasks, "sort links")
        counts = {"n_edges": 0, "self_loops": 0, "weightless_links": 0}
        for path in tasks:
            found = json.loads(path.read_text(encoding="utf-8"))
            counts = {name: total + found[name] for name, total in counts.items()}
        return counts, len(tasks)

    def merge(self, way: str, n_runs: int) -> list[tuple[int, int]]:
        """Put ranges of rows together.

        Parameters
        ----------
        way : {'out', 'in'}
            Which links.
        n_runs : int
            How many runs there are.

        Returns
        -------
        list of (int, int)
            First row of each range, and the row after its last.
        """
        plan = self.pieces / f"{way}-ranges.json"
        with once(plan) as is_missing:
            if is_missing:
                n_keys = max(2**12, self._share // _PER_KEY)
                cuts = cut_rows(self.pieces, way, n_runs, self.n_nodes, n_keys)
                write_json(plan, cuts)
        ranges = [(low, high) for low, high in json.loads(plan.read_text())]
        tasks = {
            self.pieces / f"{way}-rows-{rows[0]:012d}-counts.npy": (
                self.pieces,
                way,
                rows,
                n_runs,
                self.n_nodes,
                self.weighted,
            )
            for rows in ranges
        }
        self._run(merge_rows, tasks, "merge links")
        return ranges

    def finish(
        self, ranges: dict[str, list[tuple[int, int]]], counts: dict[str, int]
    ) -> None:
        """Put everything where it stays; last of all, what says that it is there.

        Parameters
        ----------
        ranges : dict of str to list of (int, int)
            Ranges of rows, each way.
        counts : dict of str to int
            What was left out of the edges.
        """
        for way, rows in ranges.items():
            self._join(way, rows)
        known = {"directed": self.directed, "weighted": self.weighted}
        known |= {"n_cells": self.n_cells} | asdict(self._report(counts))
        write_json(self.built / "graph.json", self.said | known)

    def _join(self, way: str, ranges: list[tuple[int, int]]) -> None:
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

    def _report(self, counts: dict[str, int]) -> LinkReport:
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

    @property
    def _share(self) -> int:
        """Bytes of memory that a process may take."""
        n_workers: int = max(1, effective_n_jobs(self.n_jobs))
        return self.memory // n_workers

    def _cut_edges(self, edges: Table, plan: Path) -> None:
        n_edges = min(max(2**12, self._share // _PER_EDGE), _MOST_EDGES)
        chunks = [asdict(chunk) for chunk in edges.chunks(n_edges)]
        for chunk in chunks:
            inner = os.path.relpath(chunk["path"], self.built.parent)
            chunk["path"] = Path(inner).as_posix()
        write_json(plan, chunks)

    def _run(self, function: Any, tasks: dict[Path, Any], title: str) -> None:
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
