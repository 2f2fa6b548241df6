"""Tables of large graphs with the degrees of a real one, ids in no order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet

from sklearn_tagkd.utils.array_files import ArrayFile

__all__ = ["class_names", "draw"]

_ROWS = 2**20  # of a row group
_GROUPS = 16  # of a file
_DIGITS = 10  # of an id
# What share of all links' ends the nodes of most links have, by their share of the
# nodes: of 33,868 articles of arXiv and their citations; before 0.0001 as it goes on.
_NODES = [0, 1e-7, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1]
_NODES += [0.2, 0.3, 0.5, 0.7, 0.9, 1]
_ENDS = [0, 1.8e-4, 7e-4, 0.003, 0.0118, 0.0249, 0.0475, 0.0798, 0.1437, 0.2421, 0.4266]
_ENDS += [0.5898, 0.7061, 0.8616, 0.9504, 0.9925, 1]
_WORDS, _TELLING, _COMMON = 8, 200, 5000  # of a text; that tell a class; that do not
_OF_CLASS, _ALIKE = 0.3, 0.6  # share of words, and of links, that a class has


def draw(
    folder: Path,
    n_nodes: int,
    n_links: int,
    n_columns: int,
    kind: str = "str",
    n_classes: int = 0,
) -> None:
    """Write nodes, edges and rows of float16, in pieces; the same whenever it is asked.

    ``kind`` of ids is ``'str'``, eleven letters, or ``'int'``, of 32 bits. With
    ``n_classes`` nodes have texts of eight words, which tell their class, as their
    links do: that of node i is ``i % n_classes``. Without ``n_columns`` there are no
    rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    numbers = random.permutation(n_nodes).astype(np.int32) + np.int32(10**9)
    ids = _Letters(numbers) if kind == "str" else _Numbers(numbers)
    names = ["node", "text"] if n_classes else ["node"]
    _write(folder / "nodes", names, _nodes(random, ids, n_nodes, n_classes))
    edges = _edges(random, ids, n_nodes, n_links, n_classes)
    _write(folder / "edges", ["source", "target"], edges)
    if not n_columns:
        return
    with ArrayFile(folder / "features.npy", "<f2", n_columns) as file:
        for start in range(0, n_nodes, _ROWS // 4):
            size = min(_ROWS // 4, n_nodes - start)
            file.append(random.random((size, n_columns), dtype=np.float32) - 0.5)


def class_names(n_classes: int) -> list[str]:
    """Return what the classes of drawn texts are called, by their numbers."""
    return [f"class {number}" for number in range(n_classes)]


def _nodes(
    random: np.random.Generator, ids: Any, n_nodes: int, n_classes: int
) -> Iterator[list[Any]]:
    for start in range(0, n_nodes, _ROWS):
        nodes = np.arange(start, min(start + _ROWS, n_nodes))
        columns = [ids.of(nodes)]
        if n_classes:
            columns.append(arrow.array(_texts(random, nodes % n_classes)))
        yield columns


def _texts(random: np.random.Generator, classes: np.ndarray) -> list[str]:
    shape = (len(classes), _WORDS)
    common = random.integers(_COMMON, size=shape)
    telling = (
        _COMMON + classes[:, None] * _TELLING + random.integers(_TELLING, size=shape)
    )
    words = np.where(random.random(shape) < _OF_CLASS, telling, common)
    return [" ".join([f"word{word}" for word in row]) for row in words.tolist()]


def _edges(
    random: np.random.Generator, ids: Any, n_nodes: int, n_links: int, n_classes: int
) -> Iterator[list[Any]]:
    # Whose ids are in no order, and places neither: the hubs lie anywhere.
    scrambled = random.permutation(n_nodes).astype(np.int32)
    for start in range(0, n_links, _ROWS):
        found = []
        for _ in range(2):
            chance = random.random(min(_ROWS, n_links - start))
            rank = np.interp(chance, _ENDS, _NODES) * n_nodes
            found.append(scrambled[rank.astype(np.int64)])
        if n_classes:  # most links lead to a node of one's own class
            one, other = found
            alike = random.random(len(one)) < _ALIKE
            moved = other - other % n_classes + one % n_classes
            found[1] = np.where(alike & (moved < n_nodes), moved, other)
        yield [ids.of(nodes) for nodes in found]


def _write(folder: Path, names: list[str], groups: Iterator[list[Any]]) -> None:
    folder.mkdir()
    writer = None
    for number, columns in enumerate(groups):
        table = arrow.table(dict(zip(names, columns, strict=True)))
        if number % _GROUPS == 0:
            if writer is not None:
                writer.close()
            path = folder / f"part-{number // _GROUPS:05d}.parquet"
            writer = parquet.ParquetWriter(path, table.schema, use_dictionary=False)
        writer.write_table(table)
    if writer is not None:
        writer.close()


class _Numbers:
    def __init__(self, numbers: np.ndarray) -> None:
        self._numbers = numbers

    def of(self, nodes: np.ndarray) -> Any:
        return arrow.array(self._numbers[nodes])


class _Letters:
    """Strings of one length, made without any of Python's."""

    def __init__(self, numbers: np.ndarray) -> None:
        self._letters = np.empty((len(numbers), 1 + _DIGITS), dtype=np.uint8)
        self._letters[:, 0] = ord("W")
        rest = numbers.copy()
        for place in range(_DIGITS, 0, -1):
            rest, digit = np.divmod(rest, 10)
            self._letters[:, place] = digit + ord("0")

    def of(self, nodes: np.ndarray) -> Any:
        offsets = np.arange(len(nodes) + 1, dtype=np.int32) * (1 + _DIGITS)
        letters = np.ascontiguousarray(self._letters[nodes])
        buffers = [arrow.py_buffer(offsets), arrow.py_buffer(letters)]
        return arrow.StringArray.from_buffers(len(nodes), *buffers)
