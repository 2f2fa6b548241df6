"""Processor time of a fit beside one thread's: idle, beside others, in a container.

    python benchmarks/busy_machine.py                # the docs graph
    python benchmarks/busy_machine.py FOLDER         # a folder with answers.jsonl

Each run is a fresh process: once as it comes, once with ``OMP_NUM_THREADS=1``, in
turn; the least of all rounds counts: nothing makes a run cheaper than it is. "Busy
cores" are processes that do nothing but compute. Half a core is a control group made
for the run and removed after it, which needs root and Linux; the run sees the quota
where a container would show it. Bits are those of the probabilities of all nodes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

STAGES = ("interpreter", "student", "predict", "encode 64 texts")
GROUPS = Path("/sys/fs/cgroup")
PERIOD, QUOTA = 100_000, 50_000  # microseconds


def run(where: str, n_texts: int = 64) -> dict[str, float | str]:
    """Run the main job once, after a fit that pays for imports and weights."""
    from sklearn_tagkd import (
        DistilledStudentClassifier,
        InterpreterGNNClassifier,
        LLMRationaleTransformer,
        datasets,
    )
    from sklearn_tagkd.features.encoding.encoders import resolve_encoder
    from sklearn_tagkd.llm import RecordedAnswers

    warnings.simplefilter("ignore")
    bunch = datasets.load_docs() if where == "docs" else datasets.read_graph(where)
    llm = RecordedAnswers(bunch.answers)
    asking = LLMRationaleTransformer(llm=llm, classes=bunch.target_names)
    graph = asking.fit_transform(bunch.graph)
    encoder = resolve_encoder("all-MiniLM-L6-v2").load()
    encoder.encode(["warm"])
    options = {"random_state": 0, "progress": False}
    InterpreterGNNClassifier(max_iter=1, **options).fit(graph[:])
    seconds: dict[str, float | str] = {}
    clock, wall = time.process_time(), time.perf_counter()

    def done(stage: str) -> None:
        nonlocal clock
        seconds[stage], clock = time.process_time() - clock, time.process_time()

    taught = InterpreterGNNClassifier(**options).fit_transform(graph)
    done("interpreter")
    student = DistilledStudentClassifier(**options).fit(taught)
    done("student")
    found = student.predict_proba(bunch.graph)
    done("predict")
    seconds["wall"] = time.perf_counter() - wall
    texts = sorted(bunch.graph.texts[:n_texts], key=len, reverse=True)
    encoder.encode(texts)
    done("encode 64 texts")
    return {**seconds, "bits": hashlib.blake2b(found.tobytes()).hexdigest()[:8]}


@contextmanager
def busy_cores(number: int) -> Iterator[None]:
    """Keep some cores busy meanwhile."""
    with ExitStack() as stack:
        for _ in range(number):
            other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(other.wait)
            stack.callback(other.kill)
        yield


@contextmanager
def half_a_core() -> Iterator[list[str]]:
    """Make a control group of half a core; yields what begins a command within it."""
    version_2 = (GROUPS / "cgroup.controllers").exists()
    parent = GROUPS if version_2 else GROUPS / "cpu"
    group = parent / f"half-a-core-{os.getpid()}"
    group.mkdir()
    try:
        if version_2:
            (group / "cpu.max").write_text(f"{QUOTA} {PERIOD}")
            shown = f"mount --bind {group}/cpu.max {parent}/cpu.max 2>/dev/null || true"
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(QUOTA))
            shown = f"mount --bind {group} {parent}"
        enter = f'echo $$ > {group}/cgroup.procs && {shown} && exec "$@"'
        yield ["unshare", "--mount", "sh", "-c", enter, "sh"]
    finally:
        group.rmdir()


def measure(where: str, prefix: list[str], one_thread: bool) -> dict:
    """Run the job in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    if one_thread:
        environment["OMP_NUM_THREADS"] = "1"
    command = [*prefix, sys.executable, __file__, where, "--once"]
    said = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    )
    return json.loads(said.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", nargs="?", default="docs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", action="store_true", help="one run, in this process")
    options = parser.parse_args()
    if options.once:
        print(json.dumps(run(options.graph)))
        return
    settings = {
        "idle": busy_cores(0),
        "one busy core": busy_cores(1),
        "two busy cores": busy_cores(2),
        "half a core": half_a_core(),
    }
    heads = ["", *STAGES, "all", "wall", "bits"]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for name, setting in settings.items():
        with setting as prefix:
            rounds = [
                (
                    measure(options.graph, prefix or [], one_thread=False),
                    measure(options.graph, prefix or [], one_thread=True),
                )
                for _ in range(options.rounds)
            ]
        report(name, rounds)


def report(name: str, rounds: list[tuple[dict, dict]]) -> None:
    """Print the least seconds as they come and of one thread, and their ratio."""
    cells = [name]
    for stages in [*((stage,) for stage in STAGES), STAGES]:
        own, single = (
            min(sum(both[side][stage] for stage in stages) for both in rounds)
            for side in (0, 1)
        )
        cells.append(f"{own:.2f} / {single:.2f} ({own / single:.2f})")
    wall = (min(both[side]["wall"] for both in rounds) for side in (0, 1))
    cells.append(" / ".join(f"{seconds:.1f}" for seconds in wall))
    bits = {one["bits"] for both in rounds for one in both}
    cells.append("the same" if len(bits) == 1 else f"{len(bits)} kinds")
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
