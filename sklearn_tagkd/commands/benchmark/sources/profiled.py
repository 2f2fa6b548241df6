"""Answers beside class profiles, or class profiles alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sklearn_tagkd.commands.benchmark.sources.recorded import RecordedSource
from sklearn_tagkd.commands.benchmark.sources.sample import Sample
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["ProfiledSource"]


@dataclass(frozen=True)
class ProfiledSource:
    """Random subsets of recorded answers, and class profiles beside them.

    Parameters
    ----------
    recorded : RecordedSource
        Whose subsets they are.
    profiles : ProfileTable
        What is known of the classes.
    """

    recorded: RecordedSource
    profiles: ProfileTable

    name = "class profiles"
    part = "profiles"
    lessons = ("hard", "soft", "rationale")
    has_more = True

    @property
    def table(self) -> RationaleTable:
        """All recorded answers."""
        return self.recorded.table

    @property
    def n_most(self) -> int:
        """Most answers that a subset can have."""
        return self.recorded.n_most

    def draw(self, n_answers: int, subset: int) -> Sample:
        """Draw a random subset of the answers.

        Parameters
        ----------
        n_answers : int
            Its size; 0 leaves the class profiles alone.
        subset : int
            Its number, which is its seed.

        Returns
        -------
        Sample
            The subset without profiles, and the profiles.
        """
        return replace(self.recorded.draw(n_answers, subset), profiles=self.profiles)
