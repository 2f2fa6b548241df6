"""Ids are found by their hashes as a dictionary would find them."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd.graph import id_hashes
from sklearn_tagkd.graph.id_hashes import hashed_integers, hashed_strings
from sklearn_tagkd.graph.packed_strings import PackedStrings
from sklearn_tagkd.graph.stored_ids import (
    IdIndex,
    StoredIntegerIds,
    StoredStringIds,
    bucket_bits,
)

NUMBERS = st.integers(-(2**63), 2**63 - 1)
WORDS = st.text(st.characters(codec="utf-8"), max_size=30)


def index_of(first, second=None):
    """Return an index as ``write_index`` writes it, of hashes in any order."""
    order = np.lexsort((first,) if second is None else (second, first))
    bits = bucket_bits(len(first))
    bounds = [number << (64 - bits) for number in range(2**bits)]
    starts = np.searchsorted(first[order], np.array(bounds, np.uint64))
    return IdIndex(
        first[order],
        None if second is None else second[order],
        order,
        np.append(starts, len(first)).astype(np.int32),
    )


def plain_hash(letters, seed, factors):
    """One hash, as it is defined: the same on every machine."""
    mask = 2**64 - 1
    found = len(letters) * seed & mask
    for start in range(0, len(letters), 8):
        piece = letters[start : start + 8]
        word = int.from_bytes(piece, "little") << 8 * (8 - len(piece)) & mask
        found = ((found ^ word) + seed) & mask
        found = (found ^ found >> 30) * factors[0] & mask
        found = (found ^ found >> 27) * factors[1] & mask
        found ^= found >> 31
    return found


@given(st.lists(WORDS), st.integers(0, 40), st.integers(1, 5))
def test_strings_are_hashed_wherever_they_lie(words, skipped, block):
    packed = PackedStrings.pack(["x" * skipped, *words])
    later = PackedStrings(packed.buffer, packed.offsets[1:])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(id_hashes, "_BLOCK", block)
        found = hashed_strings(later)
    wanted = [
        [plain_hash(word.encode(), seed, factors) for word in words]
        for seed, factors in zip(id_hashes._SEEDS, id_hashes._FACTORS, strict=True)
    ]
    np.testing.assert_array_equal(found, np.array(wanted, np.uint64).reshape(2, -1))


def test_hashes_that_lie_in_files_stay_what_they_are():
    strings = PackedStrings.pack(["", "a", "W1000000007", "paper/2023-ü"])
    assert hashed_strings(strings)[:, 2].tolist() == [
        plain_hash(b"W1000000007", *given)
        for given in zip(id_hashes._SEEDS, id_hashes._FACTORS, strict=True)
    ]
    assert hashed_integers(np.array([0, -1, 7])).tolist() == [
        16294208416658607535,
        16490336266968443936,
        7191089600892374487,
    ]


@given(st.lists(NUMBERS, min_size=1, unique=True), st.lists(NUMBERS))
def test_integers_are_found_where_they_are(ids, others):
    values = np.array(ids)
    stored = StoredIntegerIds(values, index_of(hashed_integers(values)))
    place = {identity: number for number, identity in enumerate(ids)}
    asked = [*reversed(ids), *others]
    wanted = [place.get(identity, -1) for identity in asked]
    assert stored.positions(np.array(asked)).tolist() == wanted
    assert stored.positions(asked).tolist() == wanted


def test_what_is_equal_to_an_integer_is_found_and_nothing_else():
    values = np.array([1, 2, -5])
    stored = StoredIntegerIds(values, index_of(hashed_integers(values)))
    equal = [True, 2.0, np.int8(-5), Fraction(1), torch.tensor(2)]
    assert stored.positions(equal).tolist() == [0, 1, 2, 0, 1]
    others = [None, "1", b"1", 1.5, float("nan"), float("inf"), 2**64 + 1, [1], (1,)]
    others += [np.array([1]), torch.tensor([1, 2])]
    assert set(stored.positions(others).tolist()) == {-1}
    assert stored.positions(np.array([1, 9], np.uint64)).tolist() == [0, -1]
    assert stored.positions([]).tolist() == []


def test_what_no_file_can_hold_is_no_nodes_id():
    values = PackedStrings.pack(["a", "ü", ""])
    stored = StoredStringIds(values, index_of(*hashed_strings(values)))
    asked = ["ü", "\ud800", "a\udfff", np.str_("a"), "", None, 0, b"a"]
    assert stored.positions(asked).tolist() == [1, -1, -1, 0, 2, -1, -1, -1]


@given(
    st.lists(st.tuples(NUMBERS, st.integers(0, 3)), min_size=1, unique=True),
    st.sampled_from([0, 40, 62]),
    st.booleans(),
)
def test_hashes_that_crowd_one_bucket_are_told_apart(pairs, shift, with_second):
    first = np.array([number >> shift for number, _ in pairs]).astype(np.uint64)
    second = np.array([number for _, number in pairs]).astype(np.uint64)
    if with_second:
        keys = list(zip(first.tolist(), second.tolist(), strict=True))
    else:
        first, second = np.unique(first), None
        keys = first.tolist()
    found = index_of(first, second).find(first, second)
    assert [keys[place] for place in found] == keys
    absent = index_of(first, second).find(
        first + np.uint64(2**20), None if second is None else second + np.uint64(9)
    )
    if with_second:
        assert (absent == -1).all()
