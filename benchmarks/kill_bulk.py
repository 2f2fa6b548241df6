"""Every stage over a graph in a folder, killed at random moments and run again.

    python benchmarks/kill_bulk.py FOLDER
    python benchmarks/kill_bulk.py FOLDER --n-jobs 2 --nodes 300000 --links 6000000

Each stage runs in a process of its own that notes which parts it begins, and all its
processes are killed (``kill -9``) at a random moment of the time that the stage takes.
It is run again, and every file compared to that of a run that nobody disturbed. A part
counts as done twice where it was begun twice.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import bulk_stages


def start(
    stage: str, folder: Path, journal: Path, options: argparse.Namespace
) -> subprocess.Popen[bytes]:
    """Start a stage in a group of processes of its own."""
    journal.touch()
    code = (
        "import sys, bulk_stages; from pathlib import Path\n"
        "bulk_stages.note_tasks()\n"
        "call = bulk_stages.stage(sys.argv[1], Path(sys.argv[2]), sys.argv[3],"
        " int(sys.argv[4]))\n"
        "Path(sys.argv[2], 'begun').touch()\n"
        "call()\n"
    )
    places = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    how = [stage, str(folder), options.max_memory, str(options.n_jobs)]
    said = {"PYTHONPATH": os.pathsep.join(places), "BULK_JOURNAL": str(journal)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *how],
        env=os.environ | said,
        start_new_session=True,
    )


def wait_to_begin(job: subprocess.Popen[bytes], folder: Path) -> float:
    """Wait until everything is imported; return when that was."""
    while not (folder / "begun").exists():
        if job.poll() is not None:
            sys.exit("a stage did not begin")
        time.sleep(0.01)
    return time.perf_counter()


def kill_once(
    stage: str, folder: Path, journal: Path, after: float, options: argparse.Namespace
) -> bool:
    """Kill a stage at a moment, run it again; return whether it was at work."""
    (folder / "begun").unlink(missing_ok=True)
    job = start(stage, folder, journal, options)
    wait_to_begin(job, folder)
    time.sleep(after)
    was_at_work = job.poll() is None
    if was_at_work:
        os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    if start(stage, folder, journal, options).wait():
        sys.exit(f"{stage} failed when it was run again")
    return was_at_work


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--links", type=int, default=2_000_000)
    parser.add_argument("--max-memory", default="600MiB")
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    drawn, whole = options.folder / "drawn", options.folder / "whole"
    if not drawn.exists():
        bulk_stages.draw(drawn, options.nodes, options.links)
    shutil.rmtree(whole, ignore_errors=True)
    bulk_stages.copy_tables(drawn, whole)
    moments = random.Random(options.seed)
    print(
        "| stage | s | killed after s | parts | done twice | left over | same bytes |"
    )
    print("|---|---|---|---|---|---|---|")
    for stage in bulk_stages.STAGES:
        before = options.folder / "before"
        shutil.rmtree(before, ignore_errors=True)
        shutil.copytree(whole, before)
        (whole / "begun").unlink(missing_ok=True)
        journal = options.folder / "journal"
        journal.unlink(missing_ok=True)
        job = start(stage, whole, journal, options)
        begun = wait_to_begin(job, whole)
        if job.wait():
            sys.exit(f"{stage} failed")
        seconds = time.perf_counter() - begun
        wanted = bulk_stages.digests(whole)
        n_parts = len(journal.read_text().splitlines())
        for _ in range(options.times):
            folder = options.folder / "killed"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(before, folder)
            journal.unlink(missing_ok=True)
            after = moments.uniform(0, seconds)
            at_work = kill_once(stage, folder, journal, after, options)
            counts = Counter(journal.read_text().splitlines())
            twice = sum(counts.values()) - len(counts)
            left = [
                p for p in folder.rglob("*") if p.suffix in (".unfinished", ".claim")
            ]
            left += list(folder.glob("built/pieces-*"))
            same = "yes" if bulk_stages.digests(folder) == wanted else "NO"
            when = f"{after:.2f}" if at_work else f"{after:.2f} (was done)"
            print(
                f"| {stage} | {seconds:.1f} | {when} | {n_parts} | {twice} "
                f"| {len(left)} | {same} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
