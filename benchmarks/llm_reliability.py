"""What the client for language models does when everything fails, in figures.

Run ``python benchmarks/llm_reliability.py FOLDER``, with a folder that holds
``nodes.parquet``, ``edges.parquet`` and ``answers.jsonl``. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from sklearn_tagkd import LLMRationaleTransformer, TextGraph, datasets
from sklearn_tagkd.exceptions import RationaleWarning
from sklearn_tagkd.llm import LLMError, OpenAIClient, Question
from sklearn_tagkd.llm.testing import LocalServer, recorded_answers
from sklearn_tagkd.rationales import Abstention, read_answers

LATENCY, CONCURRENCY = 0.05, 8
FAULTS = {
    "rate_limit": 0.05,
    "rate_limit_wait": 0.05,
    "server_error": 0.05,
    "cut": 0.02,
    "not_json": 0.01,
    "wrong_class": 0.01,
    "truncated": 0.01,
}


def serve(folder: Path, options: dict[str, Any], pipe: Any) -> None:
    """Run a server in a process of its own; tell its count whenever asked."""
    bunch = datasets.read_graph(folder)
    respond = recorded_answers(bunch.graph, read_answers(bunch.answers)[0])
    with LocalServer(respond, **options) as server:
        pipe.send(server.url)
        while pipe.recv() == "count":
            pipe.send(server.log)


class ServerProcess:
    """A server that does not compete for the client's interpreter."""

    def __init__(self, folder: Path, **options: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=serve, args=(folder, options, other))

    def __enter__(self) -> ServerProcess:
        self._process.start()
        self.url = self._pipe.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.send("end")
        self._process.join()

    @property
    def log(self) -> Any:
        """What the server has seen."""
        self._pipe.send("count")
        return self._pipe.recv()


def make_client(url: str, store: Path, **options: Any) -> OpenAIClient:
    chosen = {"max_concurrency": CONCURRENCY, "price": (0.15, 0.6), "retry_delay": 0.1}
    chosen |= {"progress": False, "store": store, "base_url": url}
    return OpenAIClient("gpt-4o-mini", **(chosen | options))


def make_questions(folder: Path, n: int) -> list[Question]:
    bunch = datasets.read_graph(folder)
    step = LLMRationaleTransformer(print, bunch.target_names, max_nodes=n)
    return step.questions(bunch.graph)


def faulty_server(folder: Path, n: int, work: Path) -> None:
    questions = make_questions(folder, n)
    options = {"faults": FAULTS, "latency": LATENCY, "retry_after": 0.1}
    with ServerProcess(folder, **options) as server:
        client = make_client(server.url, work / "faulty.sqlite", max_cost=5.0)
        client.ask(questions[:1])  # imports the SDK, which is not what is measured
        before = server.log.n_requests
        started = time.perf_counter()
        answers = client.ask(questions)
        seconds = time.perf_counter() - started
        log = server.log
        reasons = Counter(a.reason for a in answers if isinstance(a, Abstention))
        ideal = (log.n_requests - before) * LATENCY / CONCURRENCY
        print(f"\n{n} nodes, faults {json.dumps(FAULTS)}, {CONCURRENCY} at a time")
        print(f"  answered {n - reasons.total()}, abstained {dict(reasons)}")
        print(
            f"  on disk {len(client.store)}, paid twice "
            f"{sum(count > 1 for count in log.paid.values())}"
        )
        print(f"  requests {log.n_requests}, faults {dict(log.faults)}")
        print(
            f"  {seconds:.1f} s = {seconds / ideal:.2f} x requests x latency / "
            f"concurrency ({ideal:.1f} s)"
        )
        print(f"  usage {answers.usage.to_dict()}")
        again = client.ask(questions)
        print(
            f"  asked again: {again.usage.requests} requests, "
            f"{again.usage.cache_hits} from the store"
        )


def run_once(folder: Path, n: int, url: str, store: Path, n_threads: int = 1) -> None:
    questions = make_questions(folder, n)
    client = make_client(url, store)
    threads = [
        threading.Thread(target=client.ask, args=[questions]) for _ in range(n_threads)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def kills(folder: Path, n: int, n_kills: int, work: Path) -> None:
    context = multiprocessing.get_context("spawn")
    source = random.Random(0)
    at_kill = []
    with ServerProcess(folder, latency=LATENCY) as server:
        store = work / "kills.sqlite"
        for _ in range(n_kills):
            start = server.log.n_requests
            job = context.Process(target=run_once, args=(folder, n, server.url, store))
            job.start()
            deadline = time.monotonic() + 30
            while server.log.n_requests == start and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(source.random() * 0.4)
            os.kill(job.pid, signal.SIGKILL)
            job.join()
            at_kill.append(server.log.n_requests)
        client = make_client(server.url, store)
        answers = client.ask(make_questions(folder, n))
        n_requests = server.log.n_requests
        (check,) = client.store.database.query("PRAGMA integrity_check")
    lost = sum(isinstance(answer, Abstention) for answer in answers)
    print(f"\nkill -9 at {n_kills} moments, {n} nodes, {CONCURRENCY} at a time")
    print(f"  requests at the kills {at_kill}")
    print(
        f"  requests in all {n_requests}, allowed {n + n_kills * CONCURRENCY}; "
        f"unanswered {lost}; integrity {check[0]}"
    )


def single_flight(folder: Path, n: int, work: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with ServerProcess(folder, latency=LATENCY) as server:
        jobs = [
            context.Process(
                target=run_once,
                args=(folder, n, server.url, work / "flight.sqlite", 8),
            )
            for _ in range(2)
        ]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        print(
            f"\n2 processes x 8 threads, the same {n} nodes: "
            f"{server.log.n_requests} requests"
        )


def sleeper(folder: Path, n: int, seconds: float, work: Path) -> None:
    """Stop a process in the midst of asking, while another one asks the same."""
    context = multiprocessing.get_context("spawn")
    with ServerProcess(folder, latency=LATENCY) as server:
        store = work / "sleeper.sqlite"
        jobs = [
            context.Process(target=run_once, args=(folder, n, server.url, store))
            for _ in range(2)
        ]
        jobs[0].start()
        while server.log.n_requests < n // 10 and jobs[0].is_alive():
            time.sleep(0.02)
        os.kill(jobs[0].pid, signal.SIGSTOP)
        before = server.log.n_requests
        jobs[1].start()
        time.sleep(seconds)
        meanwhile = server.log.n_requests - before
        os.kill(jobs[0].pid, signal.SIGCONT)
        for job in jobs:
            job.join()
        log = server.log
    twice = sum(count > 1 for count in log.paid.values())
    print(
        f"\na process stopped for {seconds:.0f} s, another one asks the same {n} nodes"
    )
    print(
        f"  requests in all {log.n_requests}, {meanwhile} of them meanwhile; "
        f"paid twice {twice}"
    )


def says_at_once(folder: Path, n: int, deadline: float, work: Path) -> None:
    """Refuse everything, and say that it may be sent again at once."""
    options = {"faults": {"rate_limit_wait": 1.0}, "retry_after": 0}
    with ServerProcess(folder, **options) as server:
        store = work / "at-once.sqlite"
        client = make_client(server.url, store, deadline=deadline, retry_delay=0.5)
        answers = client.ask(make_questions(folder, n))
        n_requests = server.log.n_requests
    print(f"\n429 with Retry-After: 0 for {deadline:.0f} s, {n} nodes")
    print(
        f"  requests {n_requests}, {n_requests / n:.1f} per node in "
        f"{answers.usage.seconds:.0f} s; abstained {dict(answers.usage.abstentions)}"
    )


def schedules(n_schedules: int, work: Path) -> None:
    """Set a cap on money against made-up schedules of faults."""
    source = random.Random(1)
    names = ["rate_limit", "rate_limit_wait", "server_error", "cut", "bad_http"]
    names += ["not_json", "truncated", "wrong_class", "nan", "no_usage", "fenced"]
    graph = TextGraph([f"text {i} of a goal" for i in range(8)], [(0, 1), (2, 3)])
    exceeded, closest = 0, 0.0
    for i in range(n_schedules):
        faults = [source.choice([None, *names]) for _ in range(source.randrange(30))]
        cap = source.random() * 0.03
        options = {"bytes_per_token": 1, "bill_errors": True, "retry_after": 0.01}
        with LocalServer(faults=faults, **options) as server:
            client = make_client(
                server.url,
                work / f"schedule-{i}.sqlite",
                max_cost=cap,
                price=(1.0, 2.0),
                retry_delay=0.01,
                max_answer_tokens=300,
            )
            with suppress(LLMError):  # where a schedule lets nothing through
                LLMRationaleTransformer(client, ["sport", "politics"]).fit(graph)
            cost = (server.log.tokens_in * 1.0 + server.log.tokens_out * 2.0) / 1e6
        exceeded += cost > cap
        closest = max(closest, cost / cap)
    print(
        f"\n{n_schedules} schedules of faults, max_cost drawn: exceeded {exceeded} "
        f"times by the server's own count; at most {closest:.1%} of it"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--schedules", type=int, default=200)
    parser.add_argument("--pause", type=float, default=45.0)
    options = parser.parse_args()
    warnings.simplefilter("ignore", RationaleWarning)  # faults are the point
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        faulty_server(options.folder, options.nodes, work)
        single_flight(options.folder, min(options.nodes, 500), work)
        kills(options.folder, options.nodes, options.kills, work)
        sleeper(options.folder, options.nodes, options.pause, work)
        says_at_once(options.folder, min(options.nodes, 20), 60.0, work)
        schedules(options.schedules, work)


if __name__ == "__main__":
    main()
