"""Nothing is spent that was not reserved, whatever the server does."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_tagkd.llm import (
    AnswerStore,
    LLMError,
    OpenAIClient,
    Price,
    UnknownPriceError,
)
from sklearn_tagkd.llm.budget.prices import find_price
from sklearn_tagkd.llm.budget.purse import Amount, Limits, Purse
from sklearn_tagkd.llm.testing import FAULTS, LocalServer
from tests.llm.helpers import examples, make_client, make_questions

BILLED = sorted(FAULTS.keys() - {"slow", "expired", "no_key", "huge", "bad_request"})


# Three answers of three that ignore the schema are rightly warned of.
@pytest.mark.filterwarnings("ignore::sklearn_tagkd.exceptions.RationaleWarning")
@settings(max_examples=examples(25), deadline=None)
@given(
    schedule=st.lists(st.none() | st.sampled_from(BILLED), max_size=25),
    cents=st.integers(0, 30),
    kind=st.sampled_from(["max_cost", "max_tokens", "max_requests"]),
)
def test_the_servers_own_count_stays_below_the_cap(schedule, cents, kind):
    limit = {"max_cost": cents / 1000, "max_tokens": cents * 500, "max_requests": cents}
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalServer(
            faults=schedule, bytes_per_token=1, bill_errors=True, retry_after=0.01
        ) as server,
    ):
        client = make_client(
            server,
            Path(folder),
            max_retries=3,
            max_answer_tokens=300,
            max_concurrency=4,
            **{kind: limit[kind]},
        )
        try:
            answers = client.ask(make_questions(8))
        except LLMError:  # nothing but errors came
            answers = None
        log = server.log
        cost = log.tokens_in * 1.0 / 1e6 + log.tokens_out * 2.0 / 1e6
        spent = {
            "max_cost": cost,
            "max_tokens": log.tokens_in + log.tokens_out,
            "max_requests": log.n_requests,
        }
        assert spent[kind] <= limit[kind] + 1e-12
        if answers is not None:
            assert answers.usage.cost >= cost - 1e-12
            assert answers.usage.requests == log.n_requests
            assert len(answers) == 8


def test_copies_share_one_purse(tmp_path):
    import pickle

    store = AnswerStore(tmp_path / "a.sqlite")
    purse = Purse(Limits(max_requests=3))
    copy = pickle.loads(pickle.dumps(purse))
    one = Amount(1, 10, 100)
    assert [p.reserve(one, store) for p in (purse, copy, purse, copy)] == [
        True,
        True,
        True,
        False,
    ]
    purse.settle(one, Amount(0, 0, 0), store)
    assert copy.reserve(one, store)
    assert purse.spent(store) == Amount(3, 30, 300)


def test_what_comes_back_is_enough_for_others(tmp_path):
    with LocalServer(bytes_per_token=4) as server:
        # Two requests at their worst; as they take far less, all eight fit in turn.
        client = make_client(server, tmp_path, max_tokens=10_000)
        answers = client.ask(make_questions(8))
    assert answers.usage.abstentions == {}


@pytest.mark.parametrize("value", [-1, float("nan"), "1", True])
def test_limits_are_numbers(value):
    with pytest.raises(ValueError, match="max_cost must be"):
        Limits(max_cost=value)


def test_prices():
    assert find_price("gpt-4o-mini-2024-07-18", None, is_listed=True) == Price(
        0.15, 0.6
    )
    assert find_price("gpt-4o-mini", None, is_listed=False) is None
    assert find_price("mine", (1, 2), is_listed=False) == Price(1.0, 2.0)
    with pytest.raises(UnknownPriceError, match="dollars per million"):
        find_price("mine", "cheap", is_listed=False)
    assert Price(0.15, 0.6).nanodollars(1, 1) == 750


@pytest.mark.parametrize(
    ("options", "is_known"),
    [
        ({}, True),
        ({"base_url": "https://api.openai.com/v1"}, True),
        ({"base_url": "https://eu.api.openai.com/v1"}, False),  # dearer by a tenth
        ({"base_url": "https://notopenai.com/v1"}, False),
        ({"options": {"service_tier": "priority"}}, False),  # twice the price
    ],
)
def test_list_prices_are_for_openais_own_address_and_tier(
    options, is_known, tmp_path, monkeypatch
):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    options = options | {"store": tmp_path / "a.sqlite", "max_cost": 1.0}
    if is_known:
        assert OpenAIClient("gpt-4o-mini", **options).plan(make_questions(1)).cost > 0
        return
    with pytest.raises(UnknownPriceError, match="price="):
        OpenAIClient("gpt-4o-mini", **options)
