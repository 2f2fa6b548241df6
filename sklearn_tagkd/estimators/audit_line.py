"""What is known of the teacher, in the repr of a fitted step."""

from __future__ import annotations

from typing import Any

__all__ = ["AuditLine"]


class AuditLine:
    """Adds a line to the repr of a fitted step that has audited its teacher."""

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        shown = super().__repr__(N_CHAR_MAX)  # type: ignore[call-arg]
        audit: Any = getattr(self, "teacher_audit_", None)
        return shown if audit is None else f"{shown}\n# {audit}"
