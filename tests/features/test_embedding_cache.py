"""What lies in the cache of embeddings is not believed as it is, nor read by others."""

import os
import sqlite3
import stat

import numpy as np
import pytest

from sklearn_tagkd.features.encoding import embed, embed_texts
from sklearn_tagkd.features.encoding.store import EmbeddingStore, text_key
from sklearn_tagkd.utils.cache_folder import CACHE_VARIABLE

TEXTS = ["a goal", "a vote", "rain", "a banana", "aa"]


class Counting:
    """An encoder that counts the texts it is given."""

    cache_key = "k"

    def __init__(self, width=3):
        self.seen, self.width = [], width

    def encode(self, texts):
        self.seen += texts
        return [
            [len(text), text.count("a"), 1.5, *range(5)][: self.width] for text in texts
        ]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(embed, "_by_name", {})
    return tmp_path


def fresh_process(monkeypatch):
    monkeypatch.setattr(embed, "_by_name", {})


def rewrite(folder, statement, *values):
    path = EmbeddingStore(folder, "k").path
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def floats(*numbers):
    return np.array(numbers, dtype="<f4").tobytes()


SPOILT = {
    "NaN": floats(np.nan, 1, 1),
    "infinite": floats(np.inf, 1, 1),
    "huge": floats(1e38, 1e38, 1e38),
    "plausible": floats(5, 1, 1.5),
    "narrow": floats(1),
    "wide": floats(*range(100)),
    "no float": b"abcdefg",
    "empty": b"",
    "a text": "hello",
    "a number": 5,
    "nothing": None,
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize("which", ["all", "one"])
def test_what_was_spoilt_is_computed_anew_and_mended(
    folder, monkeypatch, spoilt, which
):
    right = embed_texts(TEXTS, Counting()).copy()
    one = " WHERE key = (SELECT key FROM embeddings LIMIT 1)" if which == "one" else ""
    rewrite(folder, f"UPDATE embeddings SET vector = ?{one}", spoilt)
    fresh_process(monkeypatch)
    encoder = Counting()
    assert (embed_texts(TEXTS, encoder) == right).all()
    assert len(encoder.seen) == (1 if which == "one" else len(TEXTS))
    fresh_process(monkeypatch)
    later = Counting()
    assert (embed_texts(TEXTS, later) == right).all()
    assert later.seen == []


def test_vectors_that_changed_places_are_computed_anew(folder, monkeypatch):
    right = embed_texts(TEXTS, Counting()).copy()
    path = EmbeddingStore(folder, "k").path
    with sqlite3.connect(path) as connection:
        (first, a), (second, b) = connection.execute(
            "SELECT key, vector FROM embeddings LIMIT 2"
        ).fetchall()
    rewrite(folder, "UPDATE embeddings SET vector = ? WHERE key = ?", b, first)
    rewrite(folder, "UPDATE embeddings SET vector = ? WHERE key = ?", a, second)
    fresh_process(monkeypatch)
    encoder = Counting()
    assert (embed_texts(TEXTS, encoder) == right).all()
    assert len(encoder.seen) == 2


@pytest.mark.parametrize("salt", [None, 7, "text", b""])
def test_a_damaged_salt_costs_time_not_work(folder, monkeypatch, salt):
    right = embed_texts(TEXTS, Counting()).copy()
    rewrite(folder, "UPDATE salt SET salt = ?", salt)
    fresh_process(monkeypatch)
    assert (embed_texts(TEXTS, Counting()) == right).all()
    fresh_process(monkeypatch)
    later = Counting()
    assert (embed_texts(TEXTS, later) == right).all()
    assert later.seen == []


def write_as_version_0_1(folder, vectors):
    path = EmbeddingStore(folder, "k").path
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE embeddings (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )
        rows = [(text_key(text), vector) for text, vector in vectors.items()]
        connection.executemany("INSERT INTO embeddings VALUES (?, ?)", rows)
    connection.close()
    os.chmod(path, 0o644)
    return path


def test_what_version_0_1_kept_is_still_found(folder):
    kept = dict.fromkeys(TEXTS[:3], floats(7, 7, 7))
    kept |= {TEXTS[3]: floats(np.nan, 7, 7), TEXTS[4]: b"abc"}
    path = write_as_version_0_1(folder, kept)
    encoder = Counting()
    vectors = embed_texts(TEXTS, encoder)
    assert vectors[:3].tolist() == [[7, 7, 7]] * 3
    assert sorted(encoder.seen) == sorted(TEXTS[3:])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("order", [TEXTS, TEXTS[::-1]])
def test_what_version_0_1_kept_of_another_width_is_computed_anew(folder, order):
    write_as_version_0_1(folder, {TEXTS[0]: floats(7, 7), TEXTS[1]: floats(7, 7, 7)})
    vectors = embed_texts(order, Counting())
    assert vectors.shape == (5, 3)
    assert vectors[order.index(TEXTS[2])].tolist() == [4, 1, 1.5]


def test_an_encoder_that_has_become_wider_is_asked_anew(folder, monkeypatch):
    embed_texts(TEXTS[:3], Counting(3))
    for _ in range(2):  # what is in memory, then what is on disk
        wider = Counting(4)
        assert embed_texts(TEXTS, wider).shape == (5, 4)
        rewrite(folder, "DELETE FROM embeddings")
        fresh_process(monkeypatch)
        embed_texts(TEXTS[:3], Counting(3))
        fresh_process(monkeypatch)


def test_an_encoder_that_changes_its_mind_is_told(monkeypatch):
    monkeypatch.setattr(embed, "_CHUNK", 2)

    class Unsure:
        def encode(self, texts):
            return np.ones((len(texts), len(texts[0])))

    with pytest.raises(ValueError, match="gave 8 numbers for some texts and 6 for"):
        embed_texts(TEXTS, Unsure())


def test_nobody_else_reads_the_cache(folder):
    before = os.umask(0o022)
    try:
        embed_texts(TEXTS, Counting())
        with sqlite3.connect(EmbeddingStore(folder, "k").path) as connection:
            connection.execute("SELECT key FROM embeddings").fetchall()
            modes = {
                p: stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*.sqlite*")
            }
    finally:
        os.umask(before)
    assert modes
    assert set(modes.values()) == {0o600}


def test_the_same_text_has_another_key_in_another_cache(tmp_path):
    keys = []
    for name in ("one", "two"):
        store = EmbeddingStore(tmp_path / name, "k")
        store.put([text_key("a goal")], np.ones((1, 3), dtype=np.float32))
        with sqlite3.connect(store.path) as connection:
            keys += connection.execute("SELECT key FROM embeddings").fetchall()
    assert len({key for (key,) in keys} | {text_key("a goal")}) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_is_no_file_is_told_and_left_alone(folder, kind):
    path = EmbeddingStore(folder, "k").path
    path.parent.mkdir(parents=True)
    victim = folder / "victim"
    victim.write_bytes(b"important")
    make = {
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "link": lambda: path.symlink_to(victim),
    }
    make[kind]()
    with pytest.warns(UserWarning, match="cannot be used"):
        assert embed_texts(TEXTS, Counting()).shape == (5, 3)
    assert victim.read_bytes() == b"important"
