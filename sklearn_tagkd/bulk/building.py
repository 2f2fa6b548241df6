"""From tables in a folder to a graph that is mapped: in bounded memory, by tasks."""

from __future__ import annotations

import hashlib
import json
import shutil
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_tagkd.bulk.claims import alone, tidy
from sklearn_tagkd.bulk.link_job import LinkJob
from sklearn_tagkd.bulk.nodes import pack_nodes
from sklearn_tagkd.bulk.tables import Table, find_table
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.links import LinkReport
from sklearn_tagkd.graph.stored import BUILT, FORMAT, open_store
from sklearn_tagkd.utils.memory_sizes import memory_bytes
from sklearn_tagkd.utils.whole_files import write_json

__all__ = ["build_links"]

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
        16 more while it is built.
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
    folder = Path(folder).resolve()  # workers may run elsewhere
    built = folder / BUILT
    memory = memory_bytes(max_memory)
    nodes, edges = _tables(folder, built)
    features = _features(folder, nodes.n_rows)
    tables = [*nodes.paths, *edges.paths]
    source = _fingerprint(tables, directed, features)
    if report := _built(folder, source):
        return report
    tidy(built)
    pieces = built / f"pieces-{source}"
    with alone(built / "graph.json"):
        if report := _built(folder, source):
            return report
        (built / "graph.json").unlink(missing_ok=True)
        for stale in set(built.glob("pieces-*")) - {pieces}:
            shutil.rmtree(stale)
        pieces.mkdir(exist_ok=True)
        has_features = features["n_features"] > 0
        said = _nodes(nodes, built, pieces / "nodes.json", has_features) | features
    said |= {"format": FORMAT, "source": source}
    weighted = "weight" in edges.columns
    job = LinkJob(pieces, built, said, directed, weighted, memory, n_jobs, progress)
    try:
        counts, n_runs = job.sort(edges)
        ranges = {
            way: job.merge(way, n_runs)
            for way in (("out", "in") if directed else ("out",))
        }
        with alone(built / "graph.json") as is_missing:
            if is_missing:
                if _fingerprint(tables, directed, features) != source:
                    raise GraphFormatError(
                        "The tables were changed while they were read. Call again, "
                        "once they stay as they are."
                    )
                job.finish(ranges, counts)
    except OSError:
        # Where another process has built it first, the pieces are gone.
        if _built(folder, source) is None:
            raise
    shutil.rmtree(pieces, ignore_errors=True)
    return open_store(folder, verify=False).report


def _built(folder: Path, source: str) -> LinkReport | None:
    """Return what was told of a graph, if it was built from these tables."""
    path = folder / BUILT / "graph.json"
    if not path.is_file():
        return None
    known = json.loads(path.read_text(encoding="utf-8"))
    return open_store(folder).report if known.get("source") == source else None


def _tables(folder: Path, built: Path) -> tuple[Table, Table]:
    nodes = find_table(folder, "nodes", {"node"}, built)
    edges = find_table(folder, "edges", {"source", "target"}, built)
    built.mkdir(exist_ok=True)
    return nodes, edges


def _nodes(table: Table, built: Path, path: Path, has_features: bool) -> dict[str, Any]:
    if not path.is_file():
        write_json(path, pack_nodes(table, built, has_features))
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
