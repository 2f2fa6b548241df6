"""What an asking step keeps of what it was told."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.coverage import (
    warn_of_few_classes,
    warn_of_missing_profiles,
    warn_of_the_unbelievable,
)
from sklearn_tagkd.asking.inquiry import Findings
from sklearn_tagkd.asking.profiling import are_asked_for, digest_of_file
from sklearn_tagkd.learning.teacher_audit import TeacherAudit
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["KeepsFindings"]

_TOLD = "_rationales"
_DIGEST = "_digest_of_profiles"  # in a pickle


class KeepsFindings:
    """Keeps counts for ever, and rationales for as long as the step is in memory.

    Rationales hold phrases of texts, so that they get into no pickle and no file.
    """

    class_profiles: Any
    answered_rows_: NDArray[np.int64]
    cost_: float | None
    n_answered_: int
    n_asked_: int
    n_requests_: int
    outlook_: list[dict[str, Any]]
    report_: dict[str, int]
    stop_reason_: str
    teacher_audit_: TeacherAudit | None
    usage_: dict[str, Any]

    @property
    def rationales_(self) -> RationaleTable:
        """What the language model said, with its reasons."""
        told: RationaleTable | None = vars(self).get(_TOLD)
        if told is None:
            raise AttributeError(
                f"This {type(self).__name__} holds no rationales: it was not fitted on "
                "a graph, or comes out of a pickle or a file, which hold none. Where "
                "answers were stored, fit_transform reads them again at no cost."
            )
        return told

    def __getstate__(self) -> dict[str, Any]:
        whole: Any = super().__getstate__()
        state = {name: value for name, value in whole.items() if name != _TOLD}
        digest = digest_of_file(self.class_profiles)
        if digest is not None and not hasattr(self, "fitted_on_graph_"):
            # Part of what is hashed: Pipeline(memory=) shall notice other profiles.
            state[_DIGEST] = digest
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        kept = {name: value for name, value in state.items() if name != _DIGEST}
        super().__setstate__(kept)  # type: ignore[misc]

    def _forget(self) -> None:
        vars(self).pop(_TOLD, None)

    def _record(self, found: Findings) -> None:
        vars(self)[_TOLD] = found.table
        self.usage_, self.cost_ = found.usage, found.usage.get("cost")
        self.n_requests_ = int(found.usage.get("requests", 0))
        self.outlook_ = [outlook.to_dict() for outlook in found.outlooks]
        self.stop_reason_ = found.stop_reason
        self.n_asked_, self.n_answered_ = found.n_asked, len(found.table)
        self.answered_rows_ = np.unique(found.table.positions)
        self.report_, self.teacher_audit_ = found.report, found.audit
        warn_of_the_unbelievable(found.report, found.table, found.n_asked, stacklevel=3)
        warn_of_few_classes(found.table, stacklevel=3)
        if not are_asked_for(self.class_profiles):  # a refused one is told already
            warn_of_missing_profiles(found.profiles, stacklevel=3)
