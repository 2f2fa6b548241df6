"""Texts embedded in parts: what embed_texts gives, each text once, each part whole."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest

from sklearn_tagkd.bulk import build_links, embed_folder
from sklearn_tagkd.bulk.claims import claimed
from sklearn_tagkd.encoding import HashingEncoder, embed_texts
from sklearn_tagkd.features.embedded_texts import MANIFEST, find_embedded_texts
from sklearn_tagkd.features.stored_rows import open_rows
from sklearn_tagkd.graph.stored import open_store
from tests.bulk.folders import write_graph

TEXTS = [
    f"text number {i % 150} of {i % 2} kinds" if i % 40 else "" for i in range(400)
]


@pytest.fixture
def folder(tmp_path):
    write_graph(tmp_path, list(range(400)), [(0, 1)], texts=TEXTS)
    build_links(tmp_path)
    return tmp_path


class Counting(HashingEncoder):
    """Counts what it is asked, in its own process."""

    def __init__(self):
        super().__init__(32)
        self.texts = []

    def encode(self, texts):
        self.texts += texts
        return super().encode(texts)


def test_vectors_are_those_of_embed_texts_and_equal_texts_are_encoded_once(folder):
    encoder = Counting()
    work = embed_folder(folder, encoder, dtype="float32", texts_per_part=16)
    rows = open_rows(work)
    np.testing.assert_array_equal(rows.read(slice(None)), embed_texts(TEXTS, encoder))
    np.testing.assert_array_equal(
        rows.read(slice(9, 333), slice(2, 5)), rows.read(slice(None))[9:333, 2:5]
    )
    assert len(encoder.texts) - len(set(TEXTS)) == 0 or len(set(encoder.texts)) == len(
        set(TEXTS)
    )
    assert sorted(encoder.texts[: len(set(TEXTS))]) == sorted(set(TEXTS))


def test_half_precision_is_the_default(folder):
    rows = open_rows(embed_folder(folder, "hashing")).read(slice(None))
    assert rows.dtype == np.float16
    np.testing.assert_allclose(rows, embed_texts(TEXTS, "hashing"), atol=1e-3)


def test_processes_do_not_change_a_byte(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    write_graph(other, list(range(400)), [(0, 1)], texts=TEXTS)
    build_links(other)
    one, two = (
        embed_folder(place, "hashing", texts_per_part=50, n_jobs=n_jobs)
        for place, n_jobs in ((folder, 1), (other, 2))
    )
    for path in one.glob("part-*.npy"):
        assert path.read_bytes() == (two / path.name).read_bytes()


def test_two_processes_share_the_parts_and_one_may_die(folder):
    code = (
        "import sys, time\n"
        "from sklearn_tagkd.bulk import embed_folder\n"
        "from sklearn_tagkd.encoding import HashingEncoder\n"
        "class Slow(HashingEncoder):\n"
        "    def encode(self, texts):\n"
        "        time.sleep(0.05)\n"
        "        return super().encode(texts)\n"
        "embed_folder(sys.argv[1], Slow(), dtype='float16', texts_per_part=10)\n"
    )
    jobs = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)]) for _ in range(2)
    ]
    built = folder / "built"
    while len(list(built.glob("embeddings-*/part-*.npy"))) < 3:
        assert jobs[1].poll() is None
        time.sleep(0.01)
    os.kill(jobs[0].pid, signal.SIGKILL)
    for claim in built.glob("embeddings-*/*.claim"):  # as if a minute had passed
        with suppress(FileNotFoundError):  # the other one goes on meanwhile
            os.utime(claim, (0, 0))
    assert jobs[1].wait(60) == 0
    jobs[0].wait()
    rows = open_rows(embed_folder(folder, "hashing", texts_per_part=10))
    np.testing.assert_array_equal(
        rows.read(slice(None)), embed_texts(TEXTS, "hashing").astype(np.float16)
    )


def test_a_part_has_one_owner_until_it_is_gone(tmp_path):
    target = tmp_path / "part"
    with claimed(target) as first, claimed(target) as second:
        assert first
        assert not second
    with claimed(target) as again:
        assert again
    (tmp_path / "part.claim").touch()
    os.utime(tmp_path / "part.claim", (0, 0))
    with claimed(target) as inherited:
        assert inherited
    target.touch()
    with claimed(target) as done:
        assert not done


def test_numbers_that_do_not_fit_are_refused(folder):
    class Large(HashingEncoder):
        def encode(self, texts):
            return super().encode(texts) + 1e6

    with pytest.raises(ValueError, match="dtype='float32'"):
        embed_folder(folder, Large(8))


class Growing(HashingEncoder):
    """Makes as many numbers of each text as it is given texts."""

    cache_key = "growing"

    def encode(self, texts):
        return np.ones((len(texts), len(texts)), np.float32)


@pytest.mark.parametrize("texts_per_part", [100, 7])
def test_vectors_of_several_lengths_are_refused_and_kept_nowhere(
    folder, texts_per_part
):
    for _ in range(2):
        with pytest.raises(ValueError, match="numbers for some texts and"):
            embed_folder(folder, Growing(), texts_per_part=texts_per_part)
        assert not list((folder / "built").glob("embeddings-*/*.npy"))
    assert find_embedded_texts(open_store(folder), "growing") is None


@pytest.mark.parametrize("number", [0, -1, 2.5, "9"])
def test_a_part_holds_a_number_of_texts(folder, number):
    with pytest.raises(ValueError, match="texts_per_part must be an integer"):
        embed_folder(folder, "hashing", texts_per_part=number)


def test_a_place_that_no_vector_has_is_refused(folder):
    work = embed_folder(folder, "hashing", texts_per_part=50)
    for place in (-1, 10**9):
        places = np.load(work / "places")
        places[3] = place
        with open(work / "places", "wb") as file:
            np.save(file, places)
        with pytest.raises(ValueError, match="a file of rows is damaged"):
            open_rows(work).read(slice(0, 9))


def test_an_encoder_without_a_name_is_refused(folder):
    class Nameless:
        def encode(self, texts):
            return np.zeros((len(texts), 2))

    with pytest.raises(ValueError, match="cache_key"):
        embed_folder(folder, Nameless())


def test_what_is_there_is_found_whatever_the_size_of_its_parts(folder):
    def found(dtype=None, encoder="hashing-32"):
        return find_embedded_texts(open_store(folder), encoder, dtype)

    assert found() is None
    half = embed_folder(folder, HashingEncoder(32), texts_per_part=16)
    assert (found().folder, found().dtype) == (half, "float16")
    assert found("float32") is found(encoder="hashing-16") is None
    whole = embed_folder(folder, HashingEncoder(32), dtype="float32", texts_per_part=9)
    assert (found().folder, found("float16").folder) == (whole, half)
    np.testing.assert_array_equal(
        found().rows().take(np.array([7, 3])),
        embed_texts([TEXTS[7], TEXTS[3]], HashingEncoder(32)),
    )
    encoder = Counting()
    assert embed_folder(folder, encoder) == half
    assert encoder.texts == []


@pytest.mark.parametrize("damage", ["no manifest", "not JSON", "[]", "{}", "a part"])
def test_what_is_not_whole_is_not_found(folder, damage):
    work = embed_folder(folder, "hashing", texts_per_part=50)
    before = {path.name: path.read_bytes() for path in work.glob("*.npy")}
    if damage == "no manifest":
        (work / MANIFEST).unlink()
    elif damage == "a part":
        (work / "part-00001.npy").unlink()
    else:
        (work / MANIFEST).write_text(damage)
    assert find_embedded_texts(open_store(folder), "hashing-1024") is None
    assert embed_folder(folder, "hashing", texts_per_part=50) == work
    assert {p.name: p.read_bytes() for p in work.glob("*.npy")} == before
    assert find_embedded_texts(open_store(folder), "hashing-1024").folder == work


def test_links_that_change_encode_nothing_anew_and_texts_that_change_do(folder):
    work = embed_folder(folder, "hashing")
    write_graph(folder, list(range(400)), [(2, 3), (4, 5)], texts=TEXTS, rows=100)
    build_links(folder, directed=True)
    encoder = Counting()
    encoder.n_dimensions = 1024
    assert embed_folder(folder, encoder) == work
    assert encoder.texts == []
    # The same letters, cut into texts elsewhere.
    other = [TEXTS[1] + TEXTS[2][:1], TEXTS[2][1:]]
    write_graph(
        folder, list(range(400)), [(2, 3)], texts=[TEXTS[0], *other, *TEXTS[3:]]
    )
    build_links(folder)
    assert embed_folder(folder, encoder) != work
