"""A bar moves soon, and no vector depends on how fast the machine was."""

import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd.features.encoding import embed_texts, pace
from sklearn_tagkd.features.encoding.embed import unknown_texts
from sklearn_tagkd.features.encoding.pace import Pace, fixed_batches, in_tasks
from sklearn_tagkd.utils import progress
from sklearn_tagkd.utils.progress import progress_bar


class Clock:
    """Time as the test says; an encoder of so many seconds a text moves it on."""

    def __init__(self, seconds):
        self.now, self._seconds, self.told = 0.0, iter(seconds), []

    def monotonic(self):
        return self.now

    def encode(self, texts):
        self.now += len(texts) * next(self._seconds)
        self.told.append(self.now)
        return [[len(text), 1.0] for text in texts]


@pytest.mark.parametrize("seconds", [0.26, 0.05, 1e-4])
def test_the_first_texts_come_soon_and_the_rest_by_time(monkeypatch, seconds):
    clock = Clock(itertools.repeat(seconds))
    monkeypatch.setattr(pace, "time", clock)
    embed_texts([f"text {n}" for n in range(1500)], clock)
    assert clock.told[0] <= 5  # at four texts a second, too
    waits = np.diff(clock.told)
    assert waits.max() <= max(2.5, 33 * seconds)
    if seconds < 1e-3:
        assert len(clock.told) < 8  # a fast encoder is not asked more often than needed


@given(st.integers(0, 900), st.lists(st.floats(1e-5, 10), min_size=1, max_size=30))
def test_batches_are_never_cut(n_texts, times):
    texts = ["a"] * n_texts
    batches = list(fixed_batches(texts))
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock([])
        patch.setattr(pace, "time", clock)
        found = []
        for part, took in zip(Pace(batches), itertools.cycle(times), strict=False):
            clock.now += took
            found.append(part)
    edges = {batch.start for batch in batches} | {n_texts}
    for parts in (found, in_tasks(batches, 3)):
        assert [n for part in parts for n in range(part.start, part.stop)] == list(
            range(n_texts)
        )
        assert {part.stop for part in parts} <= edges


def test_encoders_of_sentences_get_whole_batches():
    from sklearn_tagkd.nn.sentence_encoder import length_batches

    texts = ["a" * n for n in sorted(range(1, 4000, 7), reverse=True)]
    batches = list(length_batches(texts, device="cpu"))
    sizes = [batch.stop - batch.start for batch in batches]
    assert sizes[0] == 8
    assert max(sizes) <= 256
    for k in (1, 5, 20):  # the rest is cut alike, wherever it begins
        start = batches[k].start
        rest = length_batches(texts[start:], device="cpu")
        assert [start + batch.start for batch in rest] == [b.start for b in batches[k:]]


def test_what_is_still_to_be_embedded():
    encoder = Clock(itertools.repeat(0.0))
    assert unknown_texts(["a", "b", "a"], encoder) == ["a", "b"]
    embed_texts(["a"], encoder)
    assert unknown_texts(["a", "b", "a"], encoder) == ["b"]


def test_the_clock_of_a_bar_goes_on_while_one_unit_takes_long(monkeypatch, capsys):
    monkeypatch.setattr(progress, "_TICK", 0.05)
    with progress_bar(10, "work\x1b[2J", "unit", True):
        time.sleep(1.3)
    shown = capsys.readouterr().err
    assert "00:01" in shown
    assert "\x1b[2J" not in shown
    with progress_bar(10, "work", "unit", False) as bar:
        assert bar._ticker is None
