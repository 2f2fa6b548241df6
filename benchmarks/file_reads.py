"""Rows of a mapped file that memory does not keep: in order, and from anywhere.

    python benchmarks/file_reads.py FOLDER

Writes 768 MB into a file without a name, lets the system forget it, and reads all rows
in order, then 5,000 of anywhere, told that reads are random and not. Seconds of the
clock, twice each: whoever else reads from the disk counts.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
import time

import numpy as np

_ROWS, _COLUMNS, _PART, _ANYWHERE = 1_000_000, 192, 65_536, 5_000


def main() -> None:
    some = np.random.default_rng(0).permutation(_ROWS)[:_ANYWHERE]
    with tempfile.TemporaryFile(dir=sys.argv[1]) as file:
        rows = np.memmap(file, np.float32, "w+", shape=(_ROWS, _COLUMNS))
        parts = [slice(start, start + _PART) for start in range(0, _ROWS, _PART)]
        for part in parts:
            rows[part] = 1
        for advice in ["MADV_NORMAL", "MADV_RANDOM"] * 2:
            rows._mmap.madvise(getattr(mmap, advice))
            seconds = []
            for reads in (parts, [some]):
                rows.flush()
                rows._mmap.madvise(mmap.MADV_DONTNEED)
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                start = time.perf_counter()
                for read in reads:
                    rows[read].sum()
                seconds.append(time.perf_counter() - start)
            print(advice, "in order {:.2f} s, anywhere {:.2f} s".format(*seconds))


if __name__ == "__main__":
    main()
