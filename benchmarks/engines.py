"""The stages over a graph in a folder, under several engines: seconds, bytes, bits.

    pip install distributed ray pyspark joblibspark      # those that are there are run
    python benchmarks/engines.py FOLDER
    python benchmarks/engines.py FOLDER --kill           # a worker, in every stage
    python benchmarks/engines.py FOLDER --engines one loky dask loky dask loky dask

Draws a graph into the folder, and has it labelled by one process, by two of loky and by
two workers each of Dask (``LocalCluster``, over TCP), Ray and Spark on this machine.
Every file is compared to that of one process, by its bytes. Workers have imported
everything before the clock starts. Seconds are the clock's, and of the processor: all
that this process and those it began used, unless one died. What is sent is the largest
pickle of a task. Engines that are named several times take turns, and the
medians of all stages together are compared to those of loky. ``dask`` leaves memory to
the system, as docs/clusters.md says; ``dask-as-it-comes`` has workers give it back.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import bulk_stages
import cloudpickle
import psutil
from joblib import Parallel, delayed, parallel_config

from sklearn_tagkd.bulk import tasks

_WORKERS = 2
_OF_WORKERS = "distributed.nanny.pre-spawn-environ"


@contextmanager
def one() -> Iterator[None]:
    """Run everything in this process."""
    with parallel_config("sequential"):
        yield


@contextmanager
def loky() -> Iterator[None]:
    """Run processes of joblib's own."""
    with parallel_config("loky", n_jobs=_WORKERS):
        yield


@contextmanager
def dask_as_it_comes() -> Iterator[None]:
    """Run processes of a Dask cluster on this machine, which are talked to by TCP."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=_WORKERS, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster),
        parallel_config("dask"),
    ):
        yield


@contextmanager
def dask() -> Iterator[None]:
    """Run the same, whose processes keep memory that they will want again."""
    import distributed  # noqa: F401  its settings come before ours
    from dask import config

    kept = config.set({f"{_OF_WORKERS}.MALLOC_TRIM_THRESHOLD_": None})
    with kept, dask_as_it_comes():
        yield


@contextmanager
def ray() -> Iterator[None]:
    """Run actors of Ray on this machine."""
    import ray
    from ray.util.joblib import register_ray

    ray.init(num_cpus=_WORKERS, include_dashboard=False, log_to_driver=False)
    register_ray()
    with parallel_config("ray", n_jobs=_WORKERS):
        yield
    ray.shutdown()


@contextmanager
def spark() -> Iterator[None]:
    """Run tasks of Spark on this machine."""
    from joblibspark import register_spark
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = SparkSession.builder.master(f"local[{_WORKERS},4]").getOrCreate()
    register_spark()
    with parallel_config("spark", n_jobs=_WORKERS):
        yield
    session.stop()


ENGINES = {
    "one": one,
    "loky": loky,
    "dask": dask,
    "dask-as-it-comes": dask_as_it_comes,
    "ray": ray,
    "spark": spark,
}


def warm_up() -> None:
    """Import what tasks import."""
    import sklearn_tagkd.bulk
    import sklearn_tagkd.nn.links.streamed  # noqa: F401

    time.sleep(1)  # so that the others get their share


class Sent:
    """The largest task that was handed to joblib."""

    def __init__(self) -> None:
        self.most, self.count, self._run = 0, 0, tasks._run
        tasks._run = self._look  # type: ignore[assignment]

    def _look(self, todo: list[tuple[object, ...]], *how: object) -> None:
        self.count += len(todo)
        self.most = max(self.most, *(len(cloudpickle.dumps(task)) for task in todo))
        self._run(todo, *how)  # type: ignore[arg-type]


def workers() -> list[psutil.Process]:
    """Return processes that do the work of this one, whatever started them."""
    marks = ("popen_loky", "spawn_main", "ray::PoolActor", "pyspark.daemon")
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if any(mark in " ".join(process.cmdline()) for mark in marks):
                found.append(process)
    return found


def kill_soon(ended: threading.Event, killed: list[int]) -> None:
    """Kill the busiest worker, once it has had a moment to begin."""
    while not ended.wait(random.uniform(0.3, 2.5)):
        before = {worker: sum(worker.cpu_times()[:2]) for worker in workers()}
        if ended.wait(0.2) or not before:
            continue
        busy = {w: sum(w.cpu_times()[:2]) - then for w, then in before.items()}
        victim = max(busy, key=lambda worker: busy[worker])
        if busy[victim] > 0.05:
            victim.kill()
            killed.append(victim.pid)
            return


def processor_seconds() -> float:
    """Return what this process, those that it began and those of theirs used."""
    used = sum(psutil.Process().cpu_times()[:2])
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            used += sum(process.cpu_times()[:2])
    return used


def timed(call: Callable[[], object], kill: bool) -> tuple[float, float, int]:
    """Run a stage, and kill a worker of it; return seconds, and how many died."""
    ended, killed = threading.Event(), []
    killer = threading.Thread(target=kill_soon, args=(ended, killed))
    start, used = time.perf_counter(), processor_seconds()
    if kill:
        killer.start()
    try:
        call()
    finally:
        ended.set()
    used = processor_seconds() - used
    return time.perf_counter() - start, used, len(killed)


def compare(totals: dict[str, list[tuple[float, float]]]) -> None:
    """Print medians over all rounds of an engine, and what they are of loky's."""
    print(
        "\n| engine | rounds | s | of the processor | to loky's | to its processor's |"
    )
    print("|---|---|---|---|---|---|")
    medians = {
        engine: [statistics.median(column) for column in zip(*rounds, strict=True)]
        for engine, rounds in totals.items()
    }
    for engine, (clock, used) in medians.items():
        by_clock, by_use = clock / medians["loky"][0], used / medians["loky"][1]
        print(
            f"| {engine} | {len(totals[engine])} | {clock:.1f} | {used:.1f} "
            f"| {by_clock:.2f} | {by_use:.2f} |"
        )


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, default=300_000)
    parser.add_argument("--links", type=int, default=6_000_000)
    parser.add_argument("--max-memory", default="2GiB")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES))
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    drawn = options.folder / "drawn"
    if not drawn.exists():
        bulk_stages.draw(drawn, options.nodes, options.links)
    sent = Sent()
    wanted: dict[str, str] = {}
    totals = defaultdict(list)
    print(
        "| engine | stage | s | of the processor | tasks | bytes of a task | killed "
        "| same bytes |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for engine in options.engines:
        folder = options.folder / engine
        shutil.rmtree(folder, ignore_errors=True)
        bulk_stages.copy_tables(drawn, folder)
        took = []
        with ExitStack() as stack:
            try:
                stack.enter_context(ENGINES[engine]())
            except ImportError as missing:
                print(f"| {engine} | not here: {missing.name} |")
                continue
            for name in bulk_stages.STAGES:
                Parallel()(delayed(warm_up)() for _ in range(2 * _WORKERS))
                call = bulk_stages.stage(name, folder, options.max_memory)
                sent.most = sent.count = 0
                seconds, used, killed = timed(call, options.kill)
                took.append((seconds, used))
                digests = bulk_stages.digests(folder)
                wanted |= {key: digests[key] for key in digests.keys() - wanted.keys()}
                differ = [key for key in digests if digests[key] != wanted[key]]
                same = "yes" if not differ else f"NO: {differ[:3]}"
                # Who died took with it how much it had used.
                shown = "" if killed else f"{used:.1f}"
                print(
                    f"| {engine} | {name} | {seconds:.1f} | {shown} | {sent.count} "
                    f"| {sent.most} | {killed} | {same} |",
                    flush=True,
                )
        seconds, used = map(sum, zip(*took, strict=True))
        totals[engine].append((seconds, used))
    if "loky" in totals and not options.kill:
        compare(totals)


if __name__ == "__main__":
    main()
