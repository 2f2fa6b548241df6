"""The folder of labels: whose they are, and what they were predicted from."""

from __future__ import annotations

import json
from pathlib import Path

from sklearn_tagkd.bulk.claims import alone, is_busy
from sklearn_tagkd.graph.stored import BUILT
from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["begin_labels"]


def begin_labels(out: Path, key: str, vectors: Path | None, dtype: str | None) -> None:
    """Begin anew where another model, or another graph, was at work.

    Parameters
    ----------
    out : Path
        Folder of the labels; made where it is not there.
    key : str
        Equal for equal labels.
    vectors : Path or None
        The folder of those that are predicted from.
    dtype : {'float16', 'float32'} or None
        Of these.

    Raises
    ------
    FileExistsError
        If the folder holds labels that are not ours to delete.
    """
    out.mkdir(parents=True, exist_ok=True)
    note = out / "predicted.json"
    if _says(note, key):
        return
    busy = is_busy(out)
    with alone(note) as is_missing:
        if _says(note, key):
            return
        parts = sorted(out.glob("part-*.parquet"))
        if busy or (is_missing and parts):
            what = "what another process writes" if busy else parts[0].name
            raise FileExistsError(
                f"{out} holds {what}, which is not of this call. Give a folder of its "
                "own for these labels."
            )
        for part in parts:
            part.unlink()
        with replacing(note) as partial:
            where = vectors and f"{BUILT}/{vectors.name}"
            said = {"key": key, "embeddings": where, "dtype": dtype}
            partial.write_text(json.dumps(said, indent=1), encoding="utf-8")


def _says(note: Path, key: str) -> bool:
    if not note.is_file():
        return False
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("key") == key
