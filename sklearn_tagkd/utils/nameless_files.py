"""Arrays in files without a name: gone as soon as nobody looks at them any more."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.utils.array_files import advise

__all__ = ["nameless_rows"]


def nameless_rows(
    folder: Path, shape: tuple[int, ...], *, scattered: bool = False
) -> NDArray[np.float32]:
    """Map rows that lie in a file and not in memory.

    Parameters
    ----------
    folder : Path
        Where the file lies; it shows no name there.
    shape : tuple of int
        Of the rows; none of them 0.
    scattered : bool, default=False
        Whether rows will be read from anywhere, and not in their order: the system then
        brings none that nobody asked for.

    Returns
    -------
    ndarray of float32
        Zeros, to be written to.
    """
    with TemporaryFile(dir=folder) as file:
        mapped = np.memmap(file, dtype=np.float32, mode="w+", shape=shape)
    if scattered:
        advise(mapped, "MADV_RANDOM")
    # A plain array over the same pages: slices of it are plain arrays too.
    return mapped.view(np.ndarray)
