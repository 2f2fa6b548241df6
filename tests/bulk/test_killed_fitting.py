"""A whole pipeline over a folder, killed without a word wherever it writes."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from sklearn_tagkd.bulk import build_links
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.utils.memory_sizes import PROCESS_BYTES
from tests.bulk.folders import write_graph

N, N_ASKED = 120, 24
# Fits in processes of its own, of which each dies at one of its writes, half of which
# may be done by then; one that does not tells how many there were.
RUN = f"""
import hashlib, json, os, signal, sqlite3, sys
from pathlib import Path

from sklearn.pipeline import Pipeline

import sklearn_tagkd
from sklearn_tagkd import *
from sklearn_tagkd.bulk import embedder, weighing
from sklearn_tagkd.encoding import HashingEncoder
from sklearn_tagkd.llm import OpenAIClient
from sklearn_tagkd.utils import array_files, large_arrays
import sklearn_tagkd.nn.links.mapped, sklearn_tagkd.nn.training

large_arrays._BLOCK, weighing._NODES = 64, 50
SHORT = dict(encoder=HashingEncoder(16), max_iter=6, random_state=0)
n_writes = 0

def dying_at(number, real, halve=None):
    def write(*given):
        global n_writes
        n_writes += 1
        if n_writes == number:
            if halve is not None:
                halve(*given)
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given)
    return write

def halve(file, rows):
    append(file, rows[: len(rows) // 2])
    file._file.flush()

append = array_files.ArrayFile.append

def fit(folder, url, number):
    os.replace = dying_at(number, os.replace)
    array_files.ArrayFile.append = dying_at(number, append, halve)
    graph = TextGraph.open(folder, max_memory={PROCESS_BYTES + 8 * N + 5 * 8 * N})
    client = OpenAIClient(
        "any", base_url=url, store=folder + ".sqlite", price=(1.0, 2.0),
        max_concurrency=1, progress=False)
    steps = [
        ("rationales", LLMRationaleTransformer(
            client, max_nodes={N_ASKED}, classes=["one", "two"])),
        ("interpreter", InterpreterGNNClassifier(**SHORT)),
        ("student", DistilledStudentClassifier(**SHORT)),
    ]
    model = Pipeline(steps).fit(graph)
    sklearn_tagkd.save(model["student"], Path(folder, "model.safetensors"))
    said = [step.predict_proba(graph).tobytes().hex() for _, step in model.steps[1:]]
    print(json.dumps([n_writes, said]), flush=True)

for given in sys.argv[1:]:
    child = os.fork()
    if not child:
        fit(*json.loads(given))
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        print(json.dumps(status), flush=True)
"""


def fits(*given):
    """Fit: in a folder, asking a server, dying at the write of a number; 0 is none."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(json.dumps, given)],
        stdout=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENAI_API_KEY": "sk-0123456789"},
        check=True,
        timeout=300,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def folders(tmp_path):
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice([*"abcdefgh"], 6)) for _ in range(N)]
    edges = random.integers(N, size=(4 * N, 2))
    made = []
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
        write_graph(tmp_path / name, [f"n{i}" for i in range(N)], edges, texts=texts)
        for table in (tmp_path / name).iterdir():  # that folders are named alike
            os.utime(table, (10**9, 10**9))
        build_links(tmp_path / name)
        made.append(tmp_path / name)
    return made


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not copied here")
def test_the_same_fit_gives_the_same_bits_and_pays_nothing_twice(folders, tmp_path):
    whole, killed = folders
    # What is left to do is less each time.
    numbers = [1, 4, 2, 11, 3, 20]
    with LocalServer() as one, LocalServer() as other:
        (n_writes, wanted), *died, (n_left, said) = fits(
            (str(whole), one.url, 0),
            *((str(killed), other.url, number) for number in (*numbers, 0)),
        )
    assert died == [-signal.SIGKILL] * len(numbers)
    assert 0 < n_left < n_writes - sum(numbers) + 2 * len(numbers)
    assert said == wanted
    assert one.log.paid == other.log.paid
    assert set(other.log.paid.values()) == {1}
    assert other.log.n_requests == N_ASKED
    assert files_of(killed).keys() == files_of(whole).keys()
