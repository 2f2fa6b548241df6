"""Finished cells of the report, kept line by line so that a killed run resumes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Cell", "CellStore", "Result"]


@dataclass(frozen=True, order=True)
class Cell:
    """One row at one number of answers on one random subset.

    Parameters
    ----------
    source : str
        Whose answers.
    row : str
        Name of the row.
    answers : int
        Number of answers learnt from.
    subset : int
        Number of the random subset, and seed.
    """

    source: str
    row: str
    answers: int
    subset: int


@dataclass(frozen=True)
class Result:
    """What a cell came to.

    Parameters
    ----------
    cell : Cell
        Which one.
    scores : dict of str to float
        By name of the metric, see
        :func:`~sklearn_tagkd.commands.benchmark.metrics.score_predictions`.
    seconds : float
        Of processor time, to train and predict.
    tokens : int
        Estimated tokens of prompts and answers.
    requests : int, default=0
        Questions about nodes and classes.
    dollars : float, default=0.0
        What these tokens cost.
    """

    cell: Cell
    scores: dict[str, float]
    seconds: float
    tokens: int
    requests: int = 0
    dollars: float = 0.0


class CellStore:
    """Results in a file of JSON lines.

    Parameters
    ----------
    path : Path
        The file; made when first written to.
    setup : str
        Digest of everything that decides a result. Lines of another setup stay in
        the file and are not read.
    """

    def __init__(self, path: Path, setup: str) -> None:
        self.path = path
        self.setup = setup
        self.n_of_other_setups = 0

    def read(self) -> dict[Cell, Result]:
        """Return the results of this setup.

        Returns
        -------
        dict of Cell to Result
            A line that a killed run left unfinished is no result.
        """
        found: dict[Cell, Result] = {}
        self.n_of_other_setups = 0
        if not self.path.exists():
            return found
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue
            if entry.pop("setup", None) != self.setup:
                self.n_of_other_setups += 1
                continue
            cell = Cell(**entry.pop("cell"))
            found[cell] = Result(cell, **entry)
        return found

    def append(self, results: Iterable[Result]) -> None:
        """Keep results.

        Parameters
        ----------
        results : iterable of Result
            Each becomes one line.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            json.dumps({"setup": self.setup, **asdict(result)}) for result in results
        ]
        # A line feed first: it ends what a killed run may have left unfinished.
        torn = self.path.exists() and not self.path.read_bytes().endswith(b"\n")
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("\n" * torn + "".join(f"{line}\n" for line in lines))
