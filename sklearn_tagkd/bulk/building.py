"""From tables in a folder to a graph that is mapped: in bounded memory, by tasks."""

from __future__ import annotations

import json
import shutil
import warnings
from os import PathLike
from pathlib import Path
from typing import Any

from sklearn_tagkd.bulk.claims import alone, tidy
from sklearn_tagkd.bulk.link_job import LinkJob
from sklearn_tagkd.bulk.nodes import pack_nodes
from sklearn_tagkd.bulk.sources import find_features, find_tables, fingerprint
from sklearn_tagkd.bulk.tables import Table
from sklearn_tagkd.datasets.layout import Layout
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.feature_matrix import check_features
from sklearn_tagkd.graph.links import LinkReport
from sklearn_tagkd.graph.stored import BUILT, FORMAT, open_store
from sklearn_tagkd.utils.array_files import map_array
from sklearn_tagkd.utils.memory_sizes import memory_bytes
from sklearn_tagkd.utils.whole_files import write_json

__all__ = ["build_links"]


def build_links(
    folder: str | PathLike[str],
    *,
    nodes: str | None = None,
    edges: str | None = None,
    node: str = "node",
    text: str = "text",
    source: str = "source",
    target: str = "target",
    weight: str | None = "weight",
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
        Holds ``nodes.parquet`` (columns ``node``, ``text``) and, where there are links,
        ``edges.parquet`` (columns ``source``, ``target`` and, where links have weights,
        ``weight``), or the same as ``.csv`` or ``.jsonl``, or folders ``nodes`` and
        ``edges`` of such files; where nodes have numbers, ``features.npy``, of float16,
        float32 or float64 and of shape (n_nodes, n_features), beside which texts may be
        left out. It is written to: what is built lies in ``built``, about 5 bytes per
        link and direction, and 12 more while it is built.
    nodes, edges : str, default=None
        Other names of these tables: of files, or of folders of files.
    node, text : str, default='node', 'text'
        Columns of the nodes: ids, strings or integers, each once; and texts, of which
        those that are missing count as ``''``.
    source, target : str, default='source', 'target'
        Columns of the edges that hold ids.
    weight : str, default='weight'
        Column of the edges that holds weights, where they have one of that name; None
        takes none. Of a link that is given more than once the greatest counts.
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
        If there are no nodes, or a table that is named is not there.
    GraphFormatError
        If a file is damaged, or the tables do not make a graph.
    MissingExtraError
        If pyarrow or pandas is not installed.

    Warns
    -----
    UserWarning
        If there is no table of edges, or texts are missing.

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
    layout = Layout(nodes, edges, node, text, None, source, target, weight or "")
    of_nodes, of_edges = find_tables(folder, built, layout)
    features = find_features(folder, of_nodes.n_rows)
    tables = [*of_nodes.sources, *of_edges.sources]
    origin = fingerprint(tables, layout, directed, features)
    if report := _built(folder, origin):
        return report
    tidy(built)
    pieces = built / f"pieces-{origin}"
    with alone(built / "graph.json"):
        if report := _built(folder, origin):
            return report
        (built / "graph.json").unlink(missing_ok=True)
        for stale in set(built.glob("pieces-*")) - {pieces}:
            shutil.rmtree(stale)
        pieces.mkdir(exist_ok=True)
        has_features = features["n_features"] > 0
        said = _nodes(of_nodes, built, pieces / "nodes.json", has_features) | features
        if has_features:
            check_features(map_array(folder / "features.npy"))
    if n_missing := said.get("n_missing_texts"):
        warnings.warn(
            f"{n_missing} of {of_nodes.n_rows} texts are missing, and count as ''.",
            UserWarning,
            stacklevel=2,
        )
    said |= {"format": FORMAT, "source": origin}
    weighted = "weight" in of_edges.names
    job = LinkJob(pieces, built, said, directed, weighted, memory, n_jobs, progress)
    try:
        counts, n_runs = job.sort(of_edges)
        ranges = {
            way: job.merge(way, n_runs)
            for way in (("out", "in") if directed else ("out",))
        }
        with alone(built / "graph.json") as is_missing:
            if is_missing:
                if fingerprint(tables, layout, directed, features) != origin:
                    raise GraphFormatError(
                        "The tables were changed while they were read. Call again, "
                        "once they stay as they are."
                    )
                job.finish(ranges, counts)
    except OSError:
        # Where another process has built it first, the pieces are gone.
        if _built(folder, origin) is None:
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


def _nodes(table: Table, built: Path, path: Path, has_features: bool) -> dict[str, Any]:
    if not path.is_file():
        write_json(path, pack_nodes(table, built, has_features))
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return known
