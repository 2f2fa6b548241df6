"""Fewer requests at a time when the server has too many, more again later."""

import asyncio
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.llm.wire import pacing
from sklearn_tagkd.llm.wire.pacing import AdaptiveLimit, backoff
from sklearn_tagkd.rationales import Rationale
from tests.llm.helpers import make_client, make_questions


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""

    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(pacing, "time", clock)
    return clock


def test_halves_and_grows_back(clock):
    limit = AdaptiveLimit(16)
    limit.refused(99)
    assert limit.limit == 8
    limit.refused(99)  # of the same burst
    assert limit.limit == 8
    clock.now += 1.5
    limit.refused(101)
    assert limit.limit == 4
    for _ in range(4):  # fast to three quarters of what it was
        limit.succeeded(0.1)
    assert limit.limit == 6
    for _ in range(6):  # slowly then, by one for as many as are on their way
        limit.succeeded(0.1)
    assert 6.9 < limit.limit <= 7
    for _ in range(200):
        limit.succeeded(0.1)
    assert limit.limit == 16


def test_a_slow_server_is_not_halved_twice_for_one_burst(clock):
    limit = AdaptiveLimit(16)
    limit.succeeded(20.0)
    limit.refused(99)
    clock.now += 10
    limit.refused(99)
    limit.refused(101)
    assert limit.limit == 8
    clock.now += 11
    limit.refused(102)
    assert limit.limit == 4


def test_refusals_in_a_row_halve_at_once(clock):
    limit = AdaptiveLimit(16)
    limit.refused(99)
    for _ in range(3):  # not in a row
        limit.refused(100)
        limit.refused(100)
        limit.succeeded(0.1)
    assert limit.limit == 9.5
    for _ in range(3):
        limit.refused(100)
    assert limit.limit == 4.75


def test_never_less_than_one(clock):
    limit = AdaptiveLimit(4)
    for _ in range(9):
        clock.now += 2
        limit.refused(clock.now)
    assert limit.limit == 1


def test_slots_keep_the_limit():
    most = Counter()

    async def use(limit):
        async with limit.slot():
            most["in_flight"] = max(most["in_flight"], limit.in_flight)
            await asyncio.sleep(0)

    async def main():
        limit = AdaptiveLimit(3)
        await asyncio.gather(*(use(limit) for _ in range(20)))
        assert limit.in_flight == 0

    asyncio.run(main())
    assert most["in_flight"] == 3


@given(
    attempt=st.integers(1, 50),
    retry_after=st.none() | st.floats(0, 1000),
    seed=st.integers(0, 99),
)
def test_waits_are_bounded_and_honour_the_server(attempt, retry_after, seed):
    wait = backoff(attempt, retry_after, random.Random(seed))
    own = min(30, 0.5 * 2 ** (attempt - 1))
    asked = retry_after or 0.0
    assert max(own / 2, asked) <= wait <= max(own, 1.1 * asked)


def test_a_wait_is_never_nothing():
    """Whatever the server says, and whatever the user asks for."""
    source = random.Random(0)
    for first in (0.0, 0.01, 0.5):
        waits = [backoff(attempt, 0.0, source, first) for attempt in range(1, 40)]
        assert min(waits) > 0
        assert sum(waits) > 600  # the deadline ends it after some dozens of tries


def test_answers_that_do_not_come_in_time_lower_the_limit(clock):
    limit = AdaptiveLimit(16, patience=10.0)
    limit.refused(99)
    for _ in range(100):  # it cannot do more at a time in the time that each has
        limit.succeeded(6.0)
    assert limit.limit == 8
    limit.succeeded(1.0)
    assert limit.limit == 8.5


def test_a_burst_of_refusals_loses_nothing(tmp_path):
    with LocalServer(faults=["rate_limit"] * 12, latency=0.02) as server:
        client = make_client(server, tmp_path, max_concurrency=8)
        answers = client.ask(make_questions(40))
    assert all(isinstance(answer, Rationale) for answer in answers)
    assert server.log.n_requests == 52
