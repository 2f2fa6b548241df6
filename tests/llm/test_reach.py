"""Addresses, keys, headers, and why there is no connection."""

import os
import pickle
import socket
import ssl
import subprocess

import openai
import pytest

from sklearn_tagkd.llm import LLMError, OpenAIClient
from sklearn_tagkd.llm.testing import LocalServer
from sklearn_tagkd.llm.wire.address import check_base_url
from sklearn_tagkd.rationales import Rationale
from tests.llm.helpers import KEY, make_client, make_questions, nobody_listens
from tests.llm.plain_server import PlainServer, answer

SECRET = "header-secret-value"


@pytest.mark.parametrize(
    ("given", "mended"),
    [
        ("", None),
        ("  ", None),
        (None, None),
        ("localhost:8000/v1", "http://localhost:8000/v1"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        (" http://x.org/v1\n", "http://x.org/v1"),
        ("https://x.org/v1/chat/completions", "https://x.org/v1"),
        ("https://x.org/v1/chat/completions/", "https://x.org/v1"),
        ("https://x.org/v1/", "https://x.org/v1/"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("https://x.org/V1/Chat/Completions", "https://x.org/V1"),
        ("https://x.org/v1/completions", "https://x.org/v1"),
        ("https://x.org/v1/responses/", "https://x.org/v1"),
        ("https://x.org/models", "https://x.org/models"),
        ('"https://x.org/v1"', "https://x.org/v1"),
        ("<https://x.org/v1>\u200b", "https://x.org/v1"),
    ],
)
def test_addresses_that_are_mended(given, mended):
    assert check_base_url(given) == mended


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("x.org/v1", "must begin with https"),
        ("user:secret@x.org/v1", "must begin with https"),
        ("ftp://x.org/v1", "address of the web"),
        ("http:/x.org/v1", "address of the web"),
        ("http://https://x.org/v1", "address of the web"),
        ("http://x.org\\v1", "a backslash"),
        ("http://x.\u200borg/v1", "nobody sees"),
        ("http:///v1", "address of the web"),
        ("http://x.org:port/v1", "port or a host"),
        ("http://[::1/v1", "port or a host"),
        ("http://x.org/v 1", "has a blank"),
        ("https://x.org/v1?api-version=secret", r'query=\{"api-version": ...\}'),
        ("https://x.org/v1#secret", "has a query"),
        (b"http://x.org", "must be a string"),
    ],
)
def test_addresses_that_are_refused_at_once(given, told):
    with pytest.raises(ValueError, match=told) as caught:
        OpenAIClient("m", base_url=given)
    assert "secret" not in str(caught.value)


def test_an_empty_variable_means_openai(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    client = OpenAIClient("gpt-4o-mini", store=tmp_path / "a.sqlite", max_cost=1.0)
    assert client.base_url is None
    monkeypatch.setenv("OPENAI_BASE_URL", "x.org/v1")
    with pytest.raises(ValueError, match="OPENAI_BASE_URL must begin"):
        OpenAIClient("m")


@pytest.mark.parametrize("given", [f"{KEY}\n", f" {KEY}", f"{KEY}\r\n"])
def test_blanks_around_a_key(given, monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", given)
    with PlainServer(lambda body: (200, answer())) as server:
        make_client(server, tmp_path).ask(make_questions(1))
    headers = {name.lower(): value for name, value in server.requests[0][1].items()}
    assert headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "given", ["sk-a b", "sk-a\nb", "sk-\u00fc", "sk-\u2026", "\x00k"]
)
def test_a_malformed_key_is_told_at_once(given, monkeypatch, tmp_path):
    if "\x00" in given:
        monkeypatch.setattr(os, "environ", {**os.environ, "OPENAI_API_KEY": given})
    else:
        monkeypatch.setenv("OPENAI_API_KEY", given)
    with (
        PlainServer(lambda body: (200, answer())) as server,
        pytest.raises(LLMError, match="key in OPENAI_API_KEY") as caught,
    ):
        make_client(server, tmp_path).ask(make_questions(1))
    assert given not in str(caught.value)
    assert not server.requests


def test_headers_and_queries_are_read_when_sent(monkeypatch, tmp_path):
    headers = {"api-key": "$GATEWAY_KEY", "X-Team": "graphs"}
    with PlainServer(lambda body: (200, answer())) as server:
        client = make_client(
            server, tmp_path, headers=headers, query=lambda: {"api-version": "2024"}
        )
        with pytest.raises(LLMError, match="GATEWAY_KEY, which headers= names, is not"):
            client.ask(make_questions(1))
        monkeypatch.setenv("GATEWAY_KEY", SECRET)
        client.ask(make_questions(1))
        monkeypatch.setenv("GATEWAY_KEY", "another")
        client.ask(make_questions(2))
        same = make_client(server, tmp_path).ask(make_questions(2))
    first, second = server.requests
    assert first[0] == "/v1/chat/completions?api-version=2024"
    assert (first[1]["api-key"], second[1]["api-key"]) == (SECRET, "another")
    assert first[1]["X-Team"] == "graphs"
    assert same.usage.cache_hits == 2  # no part of the key of the store


def test_headers_stay_out_of_reprs_and_pickles(monkeypatch, tmp_path):
    monkeypatch.setenv("GATEWAY_KEY", SECRET)
    with PlainServer(lambda body: (200, answer())) as server:
        client = make_client(
            server, tmp_path, headers={"a": SECRET}, query={"b": SECRET}
        )
        shown = repr(client) + repr(vars(client))
        data = pickle.dumps(client)
        assert SECRET not in shown
        assert SECRET.encode() not in data
        # The copy says what it lacks; values from the environment it reads itself.
        with pytest.raises(LLMError, match=r"headers= had a value for 'a'.*VARIABLE"):
            pickle.loads(data).ask(make_questions(1))
        named = make_client(server, tmp_path, headers={"a": "Bearer $GATEWAY_KEY"})
        pickle.loads(pickle.dumps(named)).ask(make_questions(1))
    assert server.requests[-1][1]["a"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (3, "must be a mapping"),
        ([("a", "b")], "must be a mapping"),
        ({"a b": "c"}, "names without blanks"),
        ({"a": 3}, "must have strings"),
        ({"a": "line\nbreak"}, "must have strings"),
        ({"a": "100$"}, "Write [$][$] for a dollar sign"),
    ],
)
@pytest.mark.parametrize("name", ["headers", "query"])
def test_headers_that_cannot_be_sent(given, told, name):
    with pytest.raises(ValueError, match=f"{name} .*{told}|{told}"):
        OpenAIClient("m", **{name: given})


def make_azure(url):
    return openai.AsyncAzureOpenAI(
        azure_endpoint=url, api_key=KEY, api_version="2024-10-21", max_retries=5
    )


def test_a_client_of_ones_own(tmp_path):
    with PlainServer(lambda body: (200, answer())) as server:
        root = server.url.removesuffix("/v1")
        client = OpenAIClient(
            "gpt-4o", sdk=lambda: make_azure(root), store=tmp_path / "a.sqlite"
        )
        answers = client.ask(make_questions(2))
        data = pickle.dumps(client)
        with pytest.raises(LLMError, match="sdk= had a function"):
            pickle.loads(data).ask(make_questions(3))
    path, headers, _ = server.requests[0]
    assert path == (
        "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
    )
    assert headers["api-key"] == KEY
    assert KEY.encode() not in data
    assert all(isinstance(each, Rationale) for each in answers)
    assert client.plan(make_questions(1)).cost is None  # Azure's prices are its own


def test_a_function_that_makes_no_client(tmp_path):
    def fails():
        raise RuntimeError(KEY)

    for sdk, told in ((fails, "raises a RuntimeError"), (dict, "returns a dict")):
        client = OpenAIClient("m", sdk=sdk, store=tmp_path / "a.sqlite")
        with pytest.raises(LLMError, match=told) as caught:
            client.ask(make_questions(1))
        assert KEY not in str(caught.value)
    with pytest.raises(ValueError, match="sdk must be a function"):
        OpenAIClient("m", sdk="azure")


@pytest.fixture
def no_proxies(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def told_by(client):
    with pytest.raises(LLMError) as caught:
        client.ask(make_questions(1))
    return str(caught.value)


@pytest.mark.usefixtures("no_proxies")
def test_which_kind_of_no_connection(tmp_path, monkeypatch):
    def told_at(url):
        return told_by(make_client(None, tmp_path, base_url=url, max_retries=0))

    nowhere = "http://no-such-host.invalid/v1"
    assert "nobody knows the name no-such-host.invalid" in told_at(nowhere)
    with nobody_listens() as url:
        assert "nothing listens at 127.0.0.1" in told_at(url)
        place = url.removeprefix("http://").removesuffix("/v1")
        monkeypatch.setenv("HTTP_PROXY", f"http://user:privatetext@{place}")
        told = told_at("http://127.0.0.1:1/v1")
    assert "the proxy that HTTP_PROXY names" in told
    assert "privatetext" not in told


@pytest.mark.usefixtures("no_proxies")
def test_who_does_not_react_is_no_slow_model(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # no greeting, no TLS
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/v1"
        client = OpenAIClient(
            "m",
            base_url=url,
            store=tmp_path / "a.sqlite",
            max_retries=1,
            request_timeout=1,
            retry_delay=0.01,
        )
        told = told_by(client)
    assert "127.0.0.1" in told
    assert "does not react" in told
    assert "may speak no TLS" in told


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize(
    "variables",
    [
        {"ALL_PROXY": "socks://user:privatetext@127.0.0.1:9"},
        {"ALL_PROXY": "socks5://user:privatetext@127.0.0.1:9"},
        {"ALL_PROXY": "http://[privatetext"},
    ],
)
def test_proxies_that_cannot_be_used(variables, tmp_path, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with LocalServer() as server:
        told = told_by(make_client(server, tmp_path))
    assert "prox" in told
    assert "privatetext" not in told


@pytest.mark.usefixtures("no_proxies")
def test_certificates(tmp_path, monkeypatch):
    key, certificate = tmp_path / "k.pem", tmp_path / "c.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += f" -keyout {key} -out {certificate} -addext subjectAltName=IP:127.0.0.1"
    try:
        subprocess.run(command.split(), check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl, which makes certificates, is not on this machine")
    with PlainServer(lambda body: (200, answer())) as plain:
        url = plain.url.replace("http://", "https://")
        told = told_by(make_client(plain, tmp_path, base_url=url))
        assert "http:// in place of https://" in told
    server = PlainServer(lambda body: (200, answer()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    server.http.handle_error = lambda *ignored: None
    with server:
        url = server.url.replace("http://", "https://")
        client = make_client(server, tmp_path, base_url=url)
        assert "SSL_CERT_FILE" in told_by(client)  # at once, without retries
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        again = make_client(server, tmp_path, base_url=url)
        assert isinstance(again.ask(make_questions(1))[0], Rationale)
