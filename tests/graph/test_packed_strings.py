from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd.graph.packed_strings import PackedStrings

texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])))


@given(texts)
def test_pack_any_strings_gives_them_back(strings):
    packed = PackedStrings.pack(strings)
    assert list(packed) == strings
    assert len(packed) == len(strings)
    assert packed.take(range(len(strings))[::-1]) == strings[::-1]


def test_packed_strings_are_read_only():
    packed = PackedStrings.pack(["a", "b"])
    assert not packed.buffer.flags.writeable
    assert not packed.offsets.flags.writeable
