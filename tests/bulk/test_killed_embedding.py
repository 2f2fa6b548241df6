"""embed_folder killed without a word, wherever it is: run again, the same bytes."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from sklearn_tagkd.bulk import build_links, embed_folder
from sklearn_tagkd.encoding import HashingEncoder
from tests.bulk.folders import write_graph

N_TEXTS, PER_PART = 240, 20
RUN = """
import os, signal, sys, time
from sklearn_tagkd.bulk import embed_folder
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.utils import array_files

folder, log, dies_at = sys.argv[1], sys.argv[2], int(sys.argv[3])

class Noting(HashingEncoder):
    def encode(self, texts):
        with open(log, "a") as file:
            file.write("".join(f"{text}\\n" for text in texts))
        time.sleep(0.01)
        return super().encode(texts)

class Dying(array_files.ArrayFile):
    n_appended = 0

    def append(self, rows):
        Dying.n_appended += 1
        if Dying.n_appended == dies_at:
            super().append(rows[: len(rows) // 2])
            self._file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        super().append(rows)

if dies_at > 0:
    from sklearn_tagkd.bulk import embedding
    embedding.ArrayFile = Dying
embed_folder(folder, Noting(16), texts_per_part=20)
if dies_at < 0:  # killed from outside, however long that takes
    time.sleep(600)
"""


def files_of(work):
    return {
        path.relative_to(work).as_posix(): path.read_bytes()
        for path in sorted(work.rglob("*"))
        if path.suffix != ".claim"
    }


@pytest.fixture
def folders(tmp_path):
    texts = [f"text {i % 230} of some words" for i in range(N_TEXTS)]
    made = []
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
        write_graph(tmp_path / name, list(range(N_TEXTS)), [(0, 1)], texts=texts)
        build_links(tmp_path / name)
        made.append(tmp_path / name)
    return made


def start(folder, dies_at=0):
    command = [sys.executable, "-c", RUN, str(folder), f"{folder}.log", str(dies_at)]
    return subprocess.Popen(command)


def let_a_minute_pass(folder):
    for pattern in ("*.claim", ".*.unfinished"):
        for path in folder.glob(f"built/embeddings-*/{pattern}"):
            os.utime(path, (0, 0))


def assert_finished(folders, n_kills):
    whole, killed = folders
    expected = embed_folder(whole, HashingEncoder(16), texts_per_part=PER_PART)
    assert start(killed).wait(120) == 0
    found = killed / "built" / expected.name
    assert files_of(found) == files_of(expected)
    encoded = (killed.parent / f"{killed.name}.log").read_text().splitlines()
    assert len(set(encoded)) == 230
    assert len(encoded) <= 230 + n_kills * PER_PART


def test_killed_from_outside_at_any_moment(folders):
    folder = folders[1]
    moments = random.Random(0)
    for n_parts in (0, 2, 6, 9):
        job = start(folder, -1)
        built = folder / "built"
        # Once so many parts are there, a moment later.
        while len(list(built.glob("embeddings-*/part-*.npy"))) < n_parts:
            assert job.poll() is None
            time.sleep(0.002)
        time.sleep(moments.uniform(0, 0.06))
        job.send_signal(signal.SIGKILL)
        assert job.wait(60) == -signal.SIGKILL
        let_a_minute_pass(folder)
    assert_finished(folders, 4)


@pytest.mark.parametrize("dies_at", [2, 5])
def test_killed_while_a_file_is_half_written(folders, dies_at):
    """First of all it writes which texts are alike, then parts."""
    folder = folders[1]
    assert start(folder, dies_at).wait(60) == -signal.SIGKILL
    assert list(folder.glob("built/embeddings-*/.*.unfinished"))
    assert not list(folder.glob("built/embeddings-*/parts.json"))
    let_a_minute_pass(folder)
    assert_finished(folders, 1)
