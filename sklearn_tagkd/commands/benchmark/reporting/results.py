"""Finished cells, looked up by what the report compares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sklearn_tagkd.commands.benchmark.cells import Cell, Result
from sklearn_tagkd.commands.benchmark.reporting.statistics import (
    Difference,
    Summary,
    paired_difference,
    summarize,
)

__all__ = ["COSTS", "Results"]

COSTS = ("seconds", "tokens", "requests", "dollars")


class Results:
    """Figures over subsets.

    Parameters
    ----------
    found : mapping of Cell to Result
        Finished cells.
    n_most : mapping of str to int
        Number of answers that there are, by source.
    """

    def __init__(self, found: Mapping[Cell, Result], n_most: Mapping[str, int]) -> None:
        self._n_most = n_most
        self._by_subset: dict[tuple[str, str, int], dict[int, Result]] = defaultdict(
            dict
        )
        for cell, result in found.items():
            place = (cell.source, cell.row, cell.answers)
            self._by_subset[place][cell.subset] = result

    def rows(self, source: str) -> list[str]:
        """Return the names of the rows of a source, in the order of the plan.

        Parameters
        ----------
        source : str
            Whose answers.

        Returns
        -------
        list of str
            Each once.
        """
        return list(dict.fromkeys(r for s, r, _ in self._by_subset if s == source))

    def budgets(self, source: str) -> list[int]:
        """Return the numbers of answers of a source.

        Parameters
        ----------
        source : str
            Whose answers.

        Returns
        -------
        list of int
            Ascending.
        """
        return sorted({n for s, _, n in self._by_subset if s == source})

    def describe_budget(self, source: str, answers: int) -> str:
        """Return a number of answers, with a mark where those are all there are.

        Parameters
        ----------
        source : str
            Whose answers.
        answers : int
            Number of answers.

        Returns
        -------
        str
            Such as ``'300'`` or ``'300, all'``.
        """
        return f"{answers}, all" if answers == self._n_most[source] else str(answers)

    def values(
        self, source: str, row: str, answers: int, metric: str
    ) -> dict[int, float]:
        """Return a figure by number of the subset.

        Parameters
        ----------
        source, row : str
            Names.
        answers : int
            Number of answers.
        metric : str
            Name of a metric, or of ``COSTS``.

        Returns
        -------
        dict of int to float
            Empty where nothing was computed.
        """
        results = self._by_subset.get((source, row, answers), {})
        return {
            subset: float(
                getattr(result, metric) if metric in COSTS else result.scores[metric]
            )
            for subset, result in results.items()
        }

    def summary(
        self, source: str, row: str, answers: int, metric: str
    ) -> Summary | None:
        """Return mean and spread of a figure.

        Parameters
        ----------
        source, row : str
            Names.
        answers : int
            Number of answers.
        metric : str
            Name of a metric, or of ``COSTS``.

        Returns
        -------
        Summary or None
            None where nothing was computed.
        """
        values = self.values(source, row, answers, metric)
        return summarize(list(values.values())) if values else None

    def between(
        self, ours: tuple[str, str, int], theirs: tuple[str, str, int]
    ) -> Difference | None:
        """Return how far what one teacher taught is above what another did.

        Parameters
        ----------
        ours, theirs : (str, str, int)
            Source, row and number of answers.

        Returns
        -------
        Difference or None
            Of accuracy, paired by number of the subset; None where one of the two was
            not computed.
        """
        return paired_difference(
            self.values(*ours, "accuracy"), self.values(*theirs, "accuracy")
        )

    def difference(
        self,
        source: str,
        ours: str,
        theirs: str,
        answers: int,
        metric: str = "accuracy",
    ) -> Difference | None:
        """Return how far a row is above another on the same subsets.

        Parameters
        ----------
        source, ours, theirs : str
            Names.
        answers : int
            Number of answers.
        metric : str, default='accuracy'
            Name of a metric.

        Returns
        -------
        Difference or None
            None where one of the two was not computed.
        """
        return paired_difference(
            self.values(source, ours, answers, metric),
            self.values(source, theirs, answers, metric),
        )
