"""Graphs in folders, for tests."""

import numpy as np
import pandas as pd


def write_graph(
    folder, ids, edges, *, texts=None, weights=None, kind="parquet", rows=64
):
    """Write the tables of a graph; small row groups make many pieces."""
    nodes = pd.DataFrame({"node": ids})
    nodes["text"] = [f"tëxt of {i}" for i in ids] if texts is None else texts
    ends = [[ids[end] for end in column] for column in np.reshape(edges, (-1, 2)).T]
    dtype = object if isinstance(ids[0], str) else np.int64
    links = pd.DataFrame(
        {"source": np.array(ends[0], dtype), "target": np.array(ends[1], dtype)}
    )
    if isinstance(ids[0], str):
        links = links.astype("str")
    if weights is not None:
        links["weight"] = weights
    for name, frame in (("nodes", nodes), ("edges", links)):
        if kind == "csv":
            frame.to_csv(folder / f"{name}.csv", index=False)
        else:
            frame.to_parquet(folder / f"{name}.parquet", row_group_size=rows)
    return list(nodes["text"]), list(zip(*ends, strict=True))


def contents(folder):
    """Return what all files of a folder hold, by their names without folders' keys."""
    return {
        (path.parent.name.rpartition("-")[0], path.name): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix != ".parquet"
        and not path.name.startswith(("columns-", "blocks.json"))
    }
