"""A graph of texts in a folder, and the stages that label it: what others measure."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

import sklearn_tagkd
from sklearn_tagkd import DistilledStudentClassifier, TextGraph
from sklearn_tagkd.bulk import (
    build_links,
    embed_folder,
    predict_folder,
    propagate_folder,
    tasks,
)
from sklearn_tagkd.encoding import HashingEncoder

STAGES = ("build_links", "embed_folder", "propagate_folder", "predict_folder")
_do = tasks._do
_WORDS = np.array([f"word{number}" for number in range(500)])


def draw(folder: Path, n_nodes: int, n_links: int, rows: int = 2**17) -> None:
    """Write tables, with string ids in no order, and a model of a small graph."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    ids = np.char.add("W", random.permutation(n_nodes).astype("U")).astype(object)
    words = random.choice(_WORDS, size=(n_nodes, 12))
    texts = [" ".join(row) for row in words]
    table = arrow.table({"node": arrow.array(ids), "text": arrow.array(texts)})
    parquet.write_table(table, folder / "nodes.parquet", row_group_size=rows)
    popular = (n_nodes * random.random(n_links) ** 1.6).astype(np.int64)
    ends = ids[popular], ids[random.integers(n_nodes, size=n_links)]
    table = arrow.table(dict(zip(("source", "target"), ends, strict=True)))
    parquet.write_table(table, folder / "edges.parquet", row_group_size=rows)
    small = TextGraph(texts[:400], random.integers(400, size=(2000, 2)))
    student = DistilledStudentClassifier(encoder=encoder(), max_iter=5, random_state=0)
    student.fit(small, random.choice(["one", "two", "three"], 400).tolist())
    sklearn_tagkd.save(student, folder / "model.safetensors")


def encoder() -> HashingEncoder:
    """Return what embeds texts: cheap, and named."""
    return HashingEncoder(64)


def copy_tables(source: Path, folder: Path) -> None:
    """Copy what was drawn, with the times at which it was written."""
    folder.mkdir(parents=True)
    for name in ("nodes.parquet", "edges.parquet", "model.safetensors"):
        shutil.copy2(source / name, folder / name)


def stage(
    name: str, folder: Path, memory: str, n_jobs: int | None = None
) -> Callable[[], object]:
    """Return a call of a stage; those before it must have run."""
    if name == "build_links":
        return lambda: build_links(folder, max_memory=memory, n_jobs=n_jobs)
    if name == "embed_folder":
        return lambda: embed_folder(folder, encoder(), dtype="float32", n_jobs=n_jobs)
    if name == "propagate_folder":
        (rows,) = (folder / "built").glob("embeddings-*")
        return lambda: propagate_folder(folder, rows, max_memory=memory, n_jobs=n_jobs)
    return lambda: predict_folder(
        folder / "model.safetensors",
        folder,
        folder / "labels",
        encoder=encoder(),
        max_memory=memory,
        n_jobs=n_jobs,
    )


def note_tasks() -> None:
    """Have every task noted in a file when it is begun, in whichever process."""
    tasks._do = _noted_do


def _noted_do(
    function: Callable[..., None], target: Path, arguments: tuple[object, ...]
) -> None:
    _do(_noted, target, (function, target, arguments))


def _noted(
    function: Callable[..., None], target: Path, arguments: tuple[object, ...]
) -> None:
    with open(os.environ["BULK_JOURNAL"], "a") as journal:
        journal.write(f"{target.name}\n")
    function(*arguments)


def written(folder: Path) -> dict[str, Path]:
    """Return all files but the tables, by names without the keys of folders."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.parent != folder and path.suffix != ".claim":
            inner = path.relative_to(folder)
            parts = [
                name.rpartition("-")[0] if (folder / "built" / name).is_dir() else name
                for name in inner.parts
            ]
            found["/".join([*parts[:-1], inner.name])] = path
    return found


def digests(folder: Path) -> dict[str, str]:
    """Return a digest of every file that was written; of blocks, as one array."""
    found, blocks = {}, defaultdict(list)
    for name, path in written(folder).items():
        if path.name.startswith("columns-"):
            blocks[name.rpartition("-")[0]].append(np.load(path))
        elif path.name != "blocks.json":  # where they were cut
            found[name] = _digest(path.read_bytes())
    for name, parts in blocks.items():
        found[name] = _digest(np.concatenate(parts, axis=1).tobytes())
    return found


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
