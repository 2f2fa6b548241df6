"""Rows in a file without a name."""

import numpy as np
import pytest

from sklearn_tagkd.utils import nameless_files
from sklearn_tagkd.utils.nameless_files import nameless_rows


@pytest.mark.parametrize("scattered", [False, True])
def test_only_rows_that_are_read_from_anywhere_are_not_read_ahead(
    scattered, tmp_path, monkeypatch
):
    """Read in order, rows that are not read ahead take ten times as long."""
    told = []
    monkeypatch.setattr(nameless_files, "advise", lambda rows, *what: told.append(what))
    rows = nameless_rows(tmp_path, (5, 3), scattered=scattered)
    assert told == [("MADV_RANDOM",)] * scattered
    assert type(rows) is np.ndarray
    rows[3] = 1
    assert rows.sum() == 3
    assert list(tmp_path.iterdir()) == []
