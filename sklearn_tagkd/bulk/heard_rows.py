"""Rows that lie in a file, propagated into others: what networks ask for."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.bulk.claims import once
from sklearn_tagkd.bulk.column_blocks import Propagation
from sklearn_tagkd.bulk.propagation import mark_of, place_of_columns, propagate_rows
from sklearn_tagkd.bulk.row_files import key_of, memory_of, name_of
from sklearn_tagkd.features.row_parts import ColumnBlocks
from sklearn_tagkd.graph.stored import StoredGraph
from sklearn_tagkd.utils.array_files import ArrayFile, map_array
from sklearn_tagkd.utils.large_arrays import row_blocks

__all__ = ["HeardRows"]


@dataclass(frozen=True, eq=False)
class HeardRows:
    """What is heard of rows in a file, in files beside it.

    Parameters
    ----------
    store : StoredGraph
        A graph that is gone through by parts.
    rows : Path
        One row per node.
    weights, messages : Path or None
        As of :class:`~sklearn_tagkd.bulk.column_blocks.Propagation`.
    device : str
        Where to compute.
    """

    store: StoredGraph
    rows: Path
    weights: Path | None
    messages: Path | None
    device: str

    @property
    def n_rows(self) -> int:
        """Number of nodes and of messages."""
        if self.messages is None:
            return len(self.store)
        return len(self.store) + len(map_array(self.messages / "order.npy"))

    def __call__(self, n_hops: int, teleport: float) -> NDArray[np.float32]:
        """Propagate rows into another file, where each lies in one place.

        Parameters
        ----------
        n_hops : int
            Steps.
        teleport : float
            Share of its own row that a node keeps per step.

        Returns
        -------
        ndarray of float32 of shape (n_nodes, n_columns)
            Mapped: training reads rows from anywhere.
        """
        how, said = self._how(n_hops, teleport)
        target = self.rows.parent / f"heard-{key_of(said)}.npy"
        with once(target) as is_missing:
            if is_missing:
                work = target.with_suffix("")
                blocks = self._propagate(work, how)
                only = work / "columns-00000.npy"
                if map_array(only).shape[1] == blocks.shape[1]:
                    os.replace(only, target)
                else:
                    with ArrayFile(target, "<f4", blocks.shape[1]) as file:
                        _append(file, blocks)
                shutil.rmtree(work)
        return map_array(target, scattered=True)

    def views(
        self, n_hops: int, teleport: float, factors: Sequence[NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """Propagate rows times factors into one file.

        Parameters
        ----------
        n_hops : int
            Steps.
        teleport : float
            Share of its own row that a node keeps per step.
        factors : sequence of ndarray of float32 of shape (n_rows, 1)
            One number per node, and then per message.

        Returns
        -------
        ndarray of float32 of shape (n_factors * n_nodes, n_columns)
            Mapped; what comes of each, one below the other.
        """
        how, said = self._how(n_hops, teleport)
        target = self.rows.parent / f"views-{key_of(said, *factors)}.npy"
        with once(target) as is_missing:
            if is_missing:
                folder = target.with_suffix("")
                folder.mkdir(exist_ok=True)
                views = []
                for number, factor in enumerate(factors):
                    path = folder / f"factor-{number}.npy"
                    with ArrayFile(path, "<f4") as file:
                        file.append(factor.ravel())
                    work = folder / str(number)
                    views.append(self._propagate(work, replace(how, factor=path)))
                with ArrayFile(target, "<f4", views[0].shape[1]) as file:
                    for view in views:
                        _append(file, view)
                shutil.rmtree(folder)
        return map_array(target, scattered=True)

    def _how(self, n_hops: int, teleport: float) -> tuple[Propagation, bytes]:
        """Return how rows are propagated, and what tells what comes out."""
        place = place_of_columns(self.device)
        how = Propagation(
            n_hops,
            teleport,
            self.weights,
            self.messages,
            as_in_memory=True,
            device=place,
        )
        said = [n_hops, teleport, name_of(self.weights), *mark_of(place)]
        return how, json.dumps(said).encode()

    def _propagate(self, work: Path, how: Propagation) -> ColumnBlocks:
        return propagate_rows(
            self.store,
            self.rows,
            work,
            how,
            memory=memory_of(self.store),
            n_jobs=None,
            progress=False,
        )


def _append(file: ArrayFile, rows: ColumnBlocks) -> None:
    for block in row_blocks(len(rows)):
        file.append(rows[block])
