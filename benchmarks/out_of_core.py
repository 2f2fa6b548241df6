"""Graphs that memory does not hold: built, propagated, under a limit and without.

    python benchmarks/out_of_core.py FOLDER                       # 1 million nodes
    python benchmarks/out_of_core.py FOLDER --nodes 10000000 --links 250000000 \
        --columns 128 --max-memory 2GiB --limit 2GiB

Draws a graph with the degrees of a real one, ids in no order and float16 rows into the
folder (once), builds its links, and propagates the rows for ten steps, each in a
process of its own; with ``--limit`` in a control group of that much memory, the
system's copies of files included (Linux, version 1 of control groups, as root), which
begins with none. Seconds are the clock's; of the processor, all cores together; the
peak is of memory that no file backs, and of all that the group holds. With ``--kill
SECONDS`` a stage is killed so long after its start, and then measured as it goes on.
Rows that were propagated before are propagated anew. The digest is of all rows, and
says whether two runs agree.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from drawn_graphs import draw

_GROUPS = Path("/sys/fs/cgroup/memory")


def forget(folder: Path) -> None:
    """Let the system drop its copies of files, so that who reads them pays."""
    for path in folder.rglob("*"):
        if path.is_file():
            file = os.open(path, os.O_RDONLY)
            os.fsync(file)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)


def size(folder: Path) -> dict[str, int]:
    """Return how large a graph is that was built."""
    said = json.loads((folder / "built" / "graph.json").read_text())
    names = {"n_nodes": "nodes", "n_links": "links", "n_features": "columns"}
    return {named: said[name] for name, named in names.items()}


def digest(folder: Path) -> str:
    """Return a digest of propagated rows, in whatever blocks they lie."""
    found = hashlib.blake2b(digest_size=8)
    (work,) = (folder / "built").glob("propagated-*")
    blocks = [np.load(path, "r") for path in sorted(work.glob("columns-*.npy"))]
    for start in range(0, len(blocks[0]), 65_536):
        rows = [block[start : start + 65_536] for block in blocks]
        found.update(np.concatenate(rows, axis=1))
    return found.hexdigest()


def measure(command: list[str], limit: str | None) -> dict[str, float]:
    """Run a stage in a process of its own, and in a group of its own under a limit."""
    group = None
    if limit is not None:
        from sklearn_tagkd.utils.memory_sizes import memory_bytes

        group = _GROUPS / f"out-of-core-{os.getpid()}"
        group.mkdir(exist_ok=True)
        (group / "memory.limit_in_bytes").write_text(str(memory_bytes(limit)))

    def enter() -> None:
        if group is not None:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    start, used = time.perf_counter(), _processor_seconds()
    job = subprocess.Popen(command, preexec_fn=enter)
    peak = Peak(job.pid)
    status = job.wait()
    found = {
        "seconds": time.perf_counter() - start,
        "of the processor": _processor_seconds() - used,
        "GiB": peak.end(),
    }
    if group is not None:
        most = int((group / "memory.max_usage_in_bytes").read_text())
        found["group GiB"] = most / 2**30
        with contextlib.suppress(OSError):
            group.rmdir()
    if status:
        sys.exit(f"{command} ended with {status}")
    return found


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Peak:
    """The most memory without a file that a process and its children held."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most, self._ended = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """Stop looking; return GiB."""
        self._ended.set()
        self._thread.join()
        return self._most / 2**20

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            self._most = max(self._most, sum(map(_held, _family(self._pid))))


def _family(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [pid, *(p for child in text.split() for p in _family(int(child)))]
    return []


def _held(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError):
        text = Path(f"/proc/{pid}/status").read_text()
        return int(text.split("RssAnon:")[1].split()[0])
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--nodes", type=int, default=10**6)
    parser.add_argument("--links", type=int, default=25 * 10**6)
    parser.add_argument("--columns", type=int, default=128)
    parser.add_argument("--max-memory", default="4GiB", help="what a stage may take")
    parser.add_argument("--limit", help="of the group that it runs in")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--ids", choices=["str", "int"], default="str")
    parser.add_argument("--hops", type=int, default=10)
    parser.add_argument("--device", default="cpu", help="that propagates")
    parser.add_argument("--kill", type=float, help="seconds after the start")
    parser.add_argument("--stages", nargs="+", default=["build", "propagate"])
    options = parser.parse_args()
    folder = Path(options.folder)
    if not (folder / "features.npy").is_file():
        start = time.perf_counter()
        shutil.rmtree(folder, ignore_errors=True)  # what was drawn in part
        draw(folder, options.nodes, options.links, options.columns, options.ids)
        print(f"drawn in {time.perf_counter() - start:.0f} s", flush=True)
    arguments = f"max_memory={options.max_memory!r}, n_jobs={options.jobs}"
    calls = {
        "build": f"bulk.build_links({str(folder)!r}, {arguments})",
        "propagate": (
            f"bulk.propagate_folder({str(folder)!r}, "
            f"{str(folder / 'features.npy')!r}, n_hops={options.hops}, "
            f"device={options.device!r}, {arguments})"
        ),
    }
    for stage in options.stages:
        code = f"from sklearn_tagkd import bulk; {calls[stage]}"
        command = [sys.executable, "-c", code]
        for work in (folder / "built").glob("propagated-*"):
            shutil.rmtree(work)
        if options.kill:
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(command, timeout=options.kill, check=True)
        if options.limit:
            forget(folder)
        found: dict[str, object] = dict(measure(command, options.limit))
        if stage == "propagate":
            found["digest"] = digest(folder)
        print(json.dumps({"stage": stage, **vars(options), **size(folder), **found}))


if __name__ == "__main__":
    main()
