"""The index of ids, where hashes are equal by chance."""

import numpy as np
import pandas as pd
import pytest

from sklearn_tagkd.bulk import build_links
from sklearn_tagkd.bulk.id_index import write_index
from sklearn_tagkd.exceptions import GraphFormatError
from sklearn_tagkd.graph.stored_ids import IdIndex
from sklearn_tagkd.utils.array_files import map_array


def opened(folder):
    names = ("id_hash_first", "id_hash_second", "id_order", "id_starts")
    return IdIndex(*(map_array(folder / f"{name}.npy") for name in names))


def test_equal_first_hashes_are_told_apart_by_the_second(tmp_path):
    first = np.array([7, 2**63, 7, 7, 0, 2**64 - 1], np.uint64)
    second = np.array([5, 0, 3, 9, 1, 1], np.uint64)
    assert write_index(tmp_path, first, second) is None
    index = opened(tmp_path)
    assert index.find(first, second).tolist() == list(range(6))
    assert index.find(first[:1], second[3:4] - np.uint64(1)).tolist() == [-1]


def test_nodes_of_one_id_are_named(tmp_path):
    first = np.array([9, 7, 8, 7], np.uint64)
    assert write_index(tmp_path, first) == (1, 3)
    assert write_index(tmp_path, first, np.array([1, 2, 3, 4], np.uint64)) is None
    assert write_index(tmp_path, first, np.array([1, 2, 3, 2], np.uint64)) == (1, 3)


def test_ids_of_two_types_are_refused(tmp_path):
    (tmp_path / "nodes").mkdir()
    ids = [1, 2], ["a", "b"]
    for turn in (0, 1):
        for part in (0, 1):
            frame = pd.DataFrame({"node": ids[(part + turn) % 2], "text": ["", ""]})
            frame.to_parquet(tmp_path / "nodes" / f"{part}.parquet")
        edges = pd.DataFrame({"source": [1], "target": [2]})
        edges.to_parquet(tmp_path / "edges.parquet")
        with pytest.raises(GraphFormatError, match="integers in one file and strings"):
            build_links(tmp_path)
