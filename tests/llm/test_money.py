"""What a server charges for, and when it says that there is no money left."""

import pytest

from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import LLMError
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.llm.testing.handler import HTTPAnswer
from sklearn_tagkd.llm.wire.error_body import is_out_of_credit
from sklearn_tagkd.rationales import Abstention, Rationale
from tests.llm.helpers import make_client, make_questions


class OddServer(LocalServer):
    """A server that says something else in place of some of its answers.

    Parameters
    ----------
    odd : callable
        Takes the number of the request, from 0, the prompt, and the answer as it would
        be; returns what to send.
    """

    def __init__(self, odd, **options):
        super().__init__(**options)
        self._odd = odd
        self._n_came = 0

    def _answer(self, body, fault):
        with self._lock:  # no two requests have one number
            number, self._n_came = self._n_came, self._n_came + 1
        prompt = body["messages"][-1]["content"]
        return self._odd(number, prompt, super()._answer(body, fault))


def error(status, told, **fields):
    return HTTPAnswer(status, {"error": {"message": told, **fields}})


NO_MONEY = {
    "402": error(402, "Insufficient Balance", code="invalid_request_error"),
    "402 without a word": HTTPAnswer(402, b""),
    "429": error(429, "no", code="insufficient_quota"),
    "429 by type": error(429, "no", type="exceeded_current_quota_error"),
    "403": error(403, "no", code="insufficient_user_quota"),
    "400 in prose": error(400, "Your credit balance is too low to access the API."),
    "400 by name": HTTPAnswer(400, {"code": "Arrearage", "message": "denied"}),
    "403 in prose": error(403, "余额不足", code=1113),
    "200": HTTPAnswer(200, {"error": {"code": 402, "message": "more credits"}}),
    "200 by code": HTTPAnswer(
        200, {"choices": None, "error": {"code": "insufficient_quota"}}
    ),
    "200 within a choice": HTTPAnswer(
        200,
        {
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "error",
                    "message": {"role": "assistant", "content": ""},
                    "error": {"code": 402, "message": "no"},
                }
            ]
        },
    ),
    "200 in prose": HTTPAnswer(200, {"error": "You are out of credits."}),
    "200 without the word": HTTPAnswer(200, {"code": 402, "msg": "no"}),
    "200 as a list": HTTPAnswer(200, [{"error": {"code": 402.0}}]),
    "200 in a detail": HTTPAnswer(200, {"detail": [{"msg": "Insufficient balance"}]}),
    "200 twice wrapped": HTTPAnswer(200, {"error": {"error": {"code": "402"}}}),
    "200 in a string": HTTPAnswer(
        200, {"error": {"message": '{"error": {"code": "insufficient_quota"}}'}}
    ),
    "200 from upstream": HTTPAnswer(
        200, {"choices": [], "base_resp": {"status_msg": "insufficient balance"}}
    ),
    "200 as a page": HTTPAnswer(200, b"<html><b>Out of</b> credits</html>"),
    "200 as an end": HTTPAnswer(
        200, {"choices": [{"finish_reason": "insufficient_quota", "message": None}]}
    ),
    "429 as a page": HTTPAnswer(429, b"<html>You are out of credits</html>"),
    "429 in a detail": HTTPAnswer(429, {"detail": "You have no credits left"}),
    "429 as a list": HTTPAnswer(429, {"errors": [{"code": "insufficient_quota"}]}),
    "500 within": error(500, "upstream", innererror={"code": "insufficient_quota"}),
    "400 of a budget": error(400, "Budget has been exceeded!", type="budget_exceeded"),
    "403 of a key": error(403, "Key limit exceeded (total limit).", code=403),
    "429 of a team": HTTPAnswer(
        429, {"code": "exhausted", "error": "Your team has used all available credits."}
    ),
    "412 in prose": error(412, "Suspended, possibly due to reaching a spending limit."),
    "403 in other letters": error(403, "该令牌额度已用尽"),
}


@pytest.mark.parametrize("mode", ["live", "batch"])
@pytest.mark.parametrize("said", NO_MONEY)
def test_no_money_ends_the_run_in_whatever_words(said, mode, tmp_path):
    if mode == "batch" and isinstance(NO_MONEY[said].body, bytes):
        pytest.skip("a line of a batch is JSON")
    if mode == "batch" and said.startswith("500"):
        pytest.skip("in a batch, an error of the server's is one of the service's")

    def odd(number, prompt, answer):
        return NO_MONEY[said] if number >= 5 else answer

    with OddServer(odd) as server:
        client = make_client(server, tmp_path, mode=mode, max_concurrency=2)
        with pytest.raises(LLMError, match="no money left; answers that came are kept"):
            client.ask(make_questions(30))
    assert len(client.store) == 5
    assert server.log.n_requests <= (7 if mode == "live" else 30)


@pytest.mark.parametrize("said", [n for n in NO_MONEY if n.startswith("200")])
def test_an_error_in_a_success_from_the_start(said, tmp_path):
    with (
        OddServer(lambda number, prompt, answer: NO_MONEY[said]) as server,
        pytest.raises(LLMError, match="no money left"),
    ):
        make_client(server, tmp_path).ask(make_questions(40))
    assert server.log.n_requests <= 16


def test_too_many_requests_within_a_success_are_tried_again(tmp_path):
    busy = HTTPAnswer(200, {"choices": None, "error": {"code": 429, "message": "busy"}})
    with OddServer(lambda n, prompt, answer: busy if n < 4 else answer) as server:
        client = make_client(server, tmp_path, max_retries=0)
        answers = client.ask(make_questions(3))
    assert all(isinstance(answer, Rationale) for answer in answers)


def test_words_of_the_prompt_are_not_the_servers():
    told = "Cannot parse: the article on insufficient funds"
    assert is_out_of_credit(400, (), told)
    assert not is_out_of_credit(400, (), told, "An article on Insufficient Funds")
    assert not is_out_of_credit(429, ("rate_limit_exceeded", None), "slow down")
    assert not is_out_of_credit(403, (), "flagged: on unpaid work and past due dates")
    # Some services say so of the requests of a minute.
    assert not is_out_of_credit(429, (429,), "You exceeded your current quota")


@pytest.mark.parametrize("kind", ["a page", "JSON"])
@pytest.mark.parametrize("which", [0, 3, 9])
def test_a_text_that_a_firewall_forbids_costs_one_node(kind, which, tmp_path):
    page = b"<html>You have been blocked</html>"
    blocked = HTTPAnswer(403, page) if kind == "a page" else error(403, "flagged")

    def odd(number, prompt, answer):
        return blocked if f"privatetext{which} " in prompt else answer

    with OddServer(odd) as server:
        client = make_client(server, tmp_path, max_concurrency=1)
        first, again = (client.ask(make_questions(10)) for _ in range(2))
    assert first == again
    assert first.usage.abstentions == {"refused": 1}
    assert first[which] == Abstention(f"node-{which}", "refused")


def test_a_key_that_is_forbidden_everything_is_an_error(tmp_path):
    with OddServer(lambda *_: error(403, "no access")) as server:
        client = make_client(server, tmp_path, max_concurrency=1)
        with pytest.raises(LLMError, match=r"does not accept the key .*\(403\)"):
            client.ask(make_questions(40))
    assert server.log.n_requests <= 5


def overbilled(number, prompt, answer):
    usage = {
        "prompt_tokens": 900,
        "completion_tokens": 200_000,
        "total_tokens": 200_900,
    }
    return HTTPAnswer(200, {**answer.body, "usage": usage})


@pytest.mark.parametrize("limit", [{}, {"max_cost": 0.05}, {"max_tokens": 10**6}])
def test_a_server_that_bills_more_than_it_may_is_asked_no_more(limit, tmp_path):
    with OddServer(overbilled) as server:
        client = make_client(server, tmp_path, max_concurrency=2, **limit)
        with pytest.warns(RationaleWarning) as told:
            answers = client.ask(make_questions(40))
    assert server.log.n_requests <= 2
    assert answers.usage.abstentions == {"over_budget": 40 - server.log.n_requests}
    assert len(client.store) == server.log.n_requests  # what came is kept
    (message,) = [str(warning.message) for warning in told]
    assert "200,000 tokens" in message
    assert "1,000 at most" in message
    assert "max_answer_tokens=" in message


def test_an_overcharge_in_a_batch_ends_what_would_be_sent_again(tmp_path):
    def odd(number, prompt, answer):
        if number < 3:
            return error(500, "again")
        return overbilled(number, prompt, answer)

    with OddServer(odd) as server:
        client = make_client(server, tmp_path, mode="batch")
        with pytest.warns(RationaleWarning, match="200,000 tokens"):
            answers = client.ask(make_questions(6))
    assert server.log.n_requests == 6
    assert answers.usage.abstentions == {"over_budget": 3}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_and_the_texts_go_nowhere_else(status, tmp_path):
    with LocalServer() as elsewhere:
        place = {"Location": f"{elsewhere.url}/chat/completions"}
        moved = HTTPAnswer(status, b"", headers=place)
        told = rf"another address \({status}\)"
        with OddServer(lambda *_: moved) as server, pytest.raises(LLMError, match=told):
            make_client(server, tmp_path).ask(make_questions(3))
    assert elsewhere.log.n_requests == 0


@pytest.mark.parametrize("after", ["0", "0.0", "-5", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_server_that_says_at_once_is_not_asked_without_end(after, tmp_path):
    with LocalServer(faults={"rate_limit_wait": 1.0}, retry_after=after) as server:
        client = make_client(server, tmp_path, deadline=2, retry_delay=0.1)
        (answer,) = client.ask(make_questions(1))
    assert answer.reason == "rate_limited"
    assert 3 <= server.log.n_requests <= 8


@pytest.mark.parametrize("mode", ["live", "batch"])
@pytest.mark.parametrize("fault", ["rate_limit_wait", "server_error_wait"])
def test_a_wait_of_a_day_is_told_as_what_it_is(fault, mode, tmp_path):
    status = 429 if fault == "rate_limit_wait" else 503
    said = HTTPAnswer(status, {"error": {"message": "later"}}, retry_after=86_400)
    with OddServer(lambda *_: said) as server:
        if mode == "batch":
            server._desk.post = lambda *_: said
        client = make_client(server, tmp_path, mode=mode, deadline=20)
        with pytest.raises(LLMError, match="asks to wait 24 hours") as caught:
            client.ask(make_questions(20))
        assert "run the same again" in str(caught.value).casefold()
    assert server.log.n_requests <= 16


def test_a_wait_of_a_day_in_the_middle_keeps_what_came(tmp_path):
    later = HTTPAnswer(429, {"error": {"message": "later"}}, retry_after=86_400)
    with OddServer(lambda n, prompt, answer: later if n >= 5 else answer) as server:
        client = make_client(server, tmp_path, max_concurrency=1)
        with pytest.warns(RationaleWarning, match=r"15 of 20.*wait 24 hours"):
            answers = client.ask(make_questions(20))
    assert answers.usage.abstentions == {"rate_limited": 15}
    assert server.log.n_requests == 6  # the others are not even sent
