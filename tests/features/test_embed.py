import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import Parallel, delayed, parallel_config

from sklearn_tagkd.features.encoding import embed, embed_texts
from sklearn_tagkd.features.encoding.store import EmbeddingStore, text_key
from sklearn_tagkd.utils import large_arrays
from sklearn_tagkd.utils.cache_folder import CACHE_VARIABLE


class Counting:
    """An encoder that counts the texts it is given."""

    def __init__(self, key=None):
        self.seen = []
        if key:
            self.cache_key = key

    def encode(self, texts):
        self.seen += texts
        return [[len(text), text.count("a")] for text in texts]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(embed, "_by_name", {})
    return tmp_path


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_each_distinct_text_once_in_the_right_place(texts):
    encoder = Counting()
    vectors = embed_texts(texts, encoder)
    assert sorted(encoder.seen) == sorted(set(texts))
    assert vectors.tolist() == [[len(t), t.count("a")] for t in texts]
    assert vectors.dtype == np.float32


def test_a_named_encoder_is_remembered_on_disk(folder, monkeypatch):
    embed_texts(["aa", "b"], Counting("k"))
    monkeypatch.setattr(embed, "_by_name", {})  # as another process would start
    other = Counting("k")
    assert embed_texts(["b", "aa", "aaa"], other).tolist() == [[1, 0], [2, 2], [3, 3]]
    assert other.seen == ["aaa"]
    stranger = Counting("another")
    embed_texts(["b"], stranger)
    assert stranger.seen == ["b"]


def test_no_text_can_be_read_from_the_cache(folder):
    embed_texts(["the secret text"], Counting("k"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert all(b"secret" not in path.read_bytes() for path in files)


def test_off_means_off(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CACHE_VARIABLE, "off")
    monkeypatch.setattr(embed, "_by_name", {})
    embed_texts(["a"], Counting("k"))
    assert list(tmp_path.rglob("*")) == []


def test_a_broken_cache_costs_time_not_work(folder):
    embed_texts(["a"], Counting("k"))
    path = EmbeddingStore(folder, "k").path
    for sibling in path.parent.iterdir():
        sibling.unlink()
    path.write_bytes(b"this is no database" * 100)
    embed._by_name.clear()
    with pytest.warns(UserWarning, match="cannot be used.*SKLEARN_TAGKD_CACHE"):
        vectors = embed_texts(["a"], Counting("k"))
    assert vectors.tolist() == [[1, 1]]


def _embed_in_process(folder, start):
    import os

    os.environ[CACHE_VARIABLE] = str(folder)
    texts = ["a" * (1 + (start + i) % 300) for i in range(300)]
    return embed_texts(texts, Counting("shared"))[:, 0].astype(int).tolist()


def test_several_processes_share_one_cache(folder, fresh_workers):
    starts = [0, 50, 100, 150]
    results = Parallel(n_jobs=4)(delayed(_embed_in_process)(folder, s) for s in starts)
    for start, lengths in zip(starts, results, strict=True):
        assert lengths == [1 + (start + i) % 300 for i in range(300)]
    keys = [text_key("a" * n) for n in range(1, 301)]
    assert len(EmbeddingStore(folder, "shared").get(keys)) == 300


def test_threads_share_one_memory(folder):
    encoder = Counting()
    embed_texts(["a", "b"], encoder)
    results = []
    workers = [
        threading.Thread(target=lambda: results.append(embed_texts(["b"], encoder)))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [r.tolist() for r in results] == [[[1, 0]]] * 4
    assert encoder.seen.count("b") == 1


def test_a_killed_run_goes_on_where_it_was(folder, monkeypatch):

    class Killed(Counting):
        def encode(self, texts):
            if len(self.seen) >= 8:
                raise KeyboardInterrupt
            return super().encode(texts)

    texts = ["a" * n for n in range(1, 15)]
    with pytest.raises(KeyboardInterrupt):
        embed_texts(texts, Killed("k"))
    monkeypatch.setattr(embed, "_by_name", {})  # as another process would start
    later = Counting("k")
    assert embed_texts(texts, later).tolist() == [[n, n] for n in range(1, 15)]
    assert sorted(map(len, later.seen)) == list(range(1, 7))  # the longest came first


_SLOW = """
import sys, time
from sklearn_tagkd.features.encoding import embed, embed_texts
class Slow:
    cache_key, seen = "k", 0
    def encode(self, texts):
        self.seen += len(texts)
        if self.seen > 8:
            print("at work", flush=True)
            time.sleep(600)
        return [[len(text), text.count("a")] for text in texts]
embed_texts(["a" * n for n in range(1, 15)], Slow())
"""


def test_a_process_that_was_killed_leaves_what_it_had(folder):
    with subprocess.Popen(
        [sys.executable, "-c", _SLOW], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "at work\n"
        process.kill()
    later = Counting("k")
    texts = ["a" * n for n in range(1, 15)]
    assert embed_texts(texts, later).tolist() == [[n, n] for n in range(1, 15)]
    assert sorted(map(len, later.seen)) == list(range(1, 7))  # the longest came first


def test_processes_encode_together(folder, fresh_workers, monkeypatch):
    texts = ["a" * (n % 90) for n in range(200)]
    here = Counting("k")
    vectors = embed_texts(texts, here, n_jobs=2)
    assert here.seen == []  # copies of it were sent elsewhere
    assert vectors.tolist() == [[n % 90, n % 90] for n in range(200)]
    monkeypatch.setattr(embed, "_by_name", {})
    assert (embed_texts(texts, Counting("k")) == vectors).all()  # from the disk
    with parallel_config(n_jobs=2):
        embed_texts(texts, here := Counting())
    assert here.seen == []


def test_what_one_process_refuses_is_refused(fresh_workers, monkeypatch):

    class Broken:
        def encode(self, texts):
            return [[np.nan] for _ in texts]

    with pytest.raises(ValueError, match="not finite"):
        embed_texts(list("abcdef"), Broken(), n_jobs=2)


def test_the_bar_counts_texts(folder, capsys):
    embed_texts(["a", "bb", "a"], Counting("k"), progress=True)
    shown = capsys.readouterr().err
    assert "embed texts" in shown
    assert "2/2" in shown
    assert "text/s" in shown


def test_a_large_result_lies_in_a_file_that_nobody_has_to_delete(folder, monkeypatch):
    monkeypatch.setattr(large_arrays, "_LARGE", 100)
    monkeypatch.setattr(embed, "_LOOKED_UP", 3)
    texts = ["a" * (n % 20) for n in range(50)]
    for _ in range(2):  # computed, then looked up
        vectors = embed_texts(texts, Counting("k"))
        assert isinstance(vectors.base, np.memmap)
        assert vectors.tolist() == [[n % 20, n % 20] for n in range(50)]
        monkeypatch.setattr(embed, "_by_name", {})
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} <= {
        ".sqlite",
        ".sqlite-wal",
        ".sqlite-shm",
    }
