"""Links of a graph in a folder, weighed as a model learnt it, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.bulk.claims import once, tidy
from sklearn_tagkd.bulk.tasks import run_tasks
from sklearn_tagkd.features.link_weights import PairWeights, weigh_pairs
from sklearn_tagkd.features.stored_rows import open_rows
from sklearn_tagkd.graph.stored import StoredGraph, open_store, received_links
from sklearn_tagkd.utils.array_files import ArrayFile, map_array

__all__ = ["weigh_links"]

_NODES = 2**16  # of a part


@dataclass(frozen=True, eq=False)
class _Scorer:
    """A scorer out of its file: what a task is told is paths and ranges alone."""

    of_product: NDArray[np.float32]
    of_difference: NDArray[np.float32]
    intercept: float
    mean_weight: float

    @classmethod
    def write(cls, path: Path, scorer: PairWeights) -> None:
        numbers = [[scorer.intercept], [scorer.mean_weight]]
        with ArrayFile(path, "<f8") as file:  # holds what float32 holds
            for part in (*numbers, scorer.of_product, scorer.of_difference):
                file.append(np.asarray(part))

    @classmethod
    def read(cls, path: Path) -> _Scorer:
        intercept, mean_weight, *columns = map_array(path)
        product, difference = np.split(np.array(columns, dtype=np.float32), 2)
        return cls(product, difference, float(intercept), float(mean_weight))


def weigh_links(
    store: StoredGraph, rows: Path, scorer: PairWeights, work: Path, **how: Any
) -> Path:
    """Weigh all links by the embeddings of their ends, in bounded memory.

    Parameters
    ----------
    store : StoredGraph
        A graph in a folder.
    rows : Path
        One row per node.
    scorer : PairWeights
        What was learnt.
    work : Path
        Folder of what is written; what is there already is left.
    **how : object
        ``n_jobs`` and ``progress`` of :func:`~sklearn_tagkd.bulk.tasks.run_tasks`.

    Returns
    -------
    Path
        Of an array of float32, one weight per link as it is received.
    """
    target = work / "weights.npy"
    if target.is_file():
        return target
    parts = work / "weights"
    parts.mkdir(parents=True, exist_ok=True)
    tidy(work)
    with once(work / "scorer.npy") as is_missing:
        if is_missing:
            _Scorer.write(work / "scorer.npy", scorer)
    tasks = {
        _part(work, start): (store.folder, rows, work, start)
        for start in range(0, len(store), _NODES)
    }
    run_tasks(_weigh_part, tasks, title="weigh links", **how)
    with once(target) as is_missing:
        if is_missing:
            with ArrayFile(target, "<f4") as file:
                for part in tasks:
                    file.append(map_array(part))
    return target


def _part(work: Path, start: int) -> Path:
    return work / "weights" / f"{start // _NODES:05d}.npy"


def _weigh_part(folder: Path, rows: Path, work: Path, start: int) -> None:
    scorer = _Scorer.read(work / "scorer.npy")
    links = received_links(open_store(folder, verify=False))
    starts = links.indptr[start : start + _NODES + 1]
    cells = slice(starts[0], starts[-1])
    senders, source = links.indices[cells], open_rows(rows)
    # Senders' rows are read in their order: memory need not keep them all.
    order = np.argsort(senders, kind="stable")
    receivers = np.repeat(np.arange(len(starts) - 1), np.diff(starts))[order]
    own = source.read(slice(start, start + _NODES))
    weights = np.empty(len(senders), dtype=np.float32)
    weights[order] = weigh_pairs(scorer, receivers, senders[order], own, source)
    with ArrayFile(_part(work, start), "<f4") as file:
        file.append(weights * links.data[cells].astype(np.float32))
