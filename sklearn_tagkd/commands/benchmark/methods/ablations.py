"""Parts of the method, left out one at a time and put in one at a time."""

from __future__ import annotations

from dataclasses import dataclass

from sklearn_tagkd.commands.benchmark.methods.lessons import REASONS, Lesson
from sklearn_tagkd.commands.benchmark.methods.rows import ALIGNMENT, Row

__all__ = ["PARTS", "Ablation", "list_ablations"]

# What an ablation switches, and how the report calls it.
PARTS = {
    "soft": "soft labels (hard ones without)",
    "keywords": "keywords",
    "neighbors": "key neighbours (enhancement and link scorer)",
    "messages": "key messages",
    "committee": "the committee that the interpreter hears",
    "words": "words beside meanings, in all inputs",
    "output": "output alignment",
    "everywhere": "teacher signals on all nodes",
    "semantic": "semantic alignment",
    "structural": "structural alignment",
}
_ALL = frozenset(PARTS)
# Nothing put into an interpreter could reach a student that matches none of its
# outputs; and what is aligned must have been changed by reasons in the first place.
_CARRIER = frozenset({"output", "everywhere"})
_PUT_INTO = {
    "output": frozenset[str](),
    "everywhere": frozenset({"output"}),
    "semantic": _CARRIER | {"keywords"},
    "structural": _CARRIER | {"messages"},
}


@dataclass(frozen=True)
class Ablation:
    """One part, with and without.

    Parameters
    ----------
    part : str
        Key of ``PARTS``.
    kind : {'left out', 'put in'}
        Left out of the whole, or put into next to nothing.
    method : {'interpreter', 'student'}
        Whose accuracy it is about.
    with_it, without_it : Row
        The two rows whose difference tells what the part is worth.
    """

    part: str
    kind: str
    method: str
    with_it: Row
    without_it: Row


def list_ablations() -> list[Ablation]:
    """Return every part left out and put in, for the student and its interpreter.

    Returns
    -------
    list of Ablation
        Those of alignments are about the student alone.
    """
    found = []
    for part in PARTS:
        left = {part, "everywhere"} if part == "output" else {part}
        bare = _PUT_INTO.get(part, _CARRIER)
        for kind, on, off in (
            ("left out", _ALL, _ALL - left),
            ("put in", bare | {part}, bare),
        ):
            methods = ["student"] if part in ALIGNMENT else ["student", "interpreter"]
            found += [
                Ablation(part, kind, method, _row(method, on), _row(method, off))
                for method in methods
            ]
    return found


def _row(method: str, on: frozenset[str]) -> Row:
    if method == "interpreter":
        on |= ALIGNMENT  # of no consequence to it
    lesson = Lesson("soft" if "soft" in on else "hard", on & REASONS)
    # The whole is a row of the main part: it is not computed twice.
    named = "rationale" if on == _ALL else f"[{' '.join(sorted(on))}]"
    return Row(
        f"{method}:{named}",
        method,
        lesson,
        "committee" in on,
        "words" in on,
        on & ALIGNMENT,
    )
