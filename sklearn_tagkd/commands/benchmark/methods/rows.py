"""The rows of the report: which method is taught what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sklearn_tagkd.commands.benchmark.methods.lessons import LESSONS, Lesson

__all__ = [
    "ALIGNMENT",
    "METHODS",
    "NOISE_METHODS",
    "SLOW_METHODS",
    "STUDENTS",
    "TEACHER_METHODS",
    "Row",
    "choose_rows",
]

ALIGNMENT = frozenset({"output", "everywhere", "semantic", "structural"})

STUDENTS = {
    "student": "decoupled",
    "student-mlp": "mlp",
    "student-gcn": "gcn",
    "student-sage": "sage",
}
METHODS = {
    "mlp": "MLP",
    "gcn": "GCN",
    "sage": "SAGE",
    "gat": "GAT",
    "tfidf": "TF-IDF regression",
    "softmax": "softmax regression",
    "softmax-words": "softmax regression, words too",
    "self-training": "self-training (scikit-learn)",
    "label-spreading": "label spreading (scikit-learn)",
    "label-propagation": "label propagation (PyG)",
    "correct-and-smooth": "correct and smooth (PyG)",
    "interpreter": "interpreter",
    "student": "student (decoupled)",
    "student-mlp": "student (text only)",
    "student-gcn": "student (GCN)",
    "student-sage": "student (SAGE)",
}
_BASELINES = {"mlp", "gcn", "sage", "gat"}
_HARD_ONLY = {"self-training", "label-spreading"}  # they take no distributions
# They train on the whole graph in every step: at one budget only, unless asked for.
SLOW_METHODS = {"sage", "gat", "student-gcn", "student-sage"}
NOISE_METHODS = (
    "mlp",
    "gcn",
    "softmax",
    "softmax-words",
    "label-propagation",
    "interpreter",
    "student",
    "student-mlp",
)


# Where the question is what a student is taught by, not which method learns.
TEACHER_METHODS = ("interpreter", "student")


@dataclass(frozen=True)
class Row:
    """One method, taught one way.

    Parameters
    ----------
    name : str
        ``method:lesson``, or a name of its own for an ablation.
    method : str
        Key of ``METHODS``.
    lesson : Lesson
        What it is taught.
    committee : bool, default=True
        Whether the interpreter hears a committee on every node.
    words : bool, default=True
        Whether latent dimensions of the words stand beside the encoder's.
    alignment : frozenset of str, default=ALIGNMENT
        What a student matches of its interpreter: ``'output'`` (with
        ``'everywhere'`` on all nodes, else on the answered ones), ``'semantic'``
        and ``'structural'``.
    """

    name: str
    method: str
    lesson: Lesson
    committee: bool = True
    words: bool = True
    alignment: frozenset[str] = ALIGNMENT

    @property
    def is_distilled(self) -> bool:
        """Whether it is an interpreter, or taught by one."""
        return self.method == "interpreter" or self.method in STUDENTS

    @property
    def group(self) -> tuple[object, ...]:
        """Equal for rows that are computed together: they share what is dear."""
        if self.is_distilled:
            return ("interpreter", self.lesson, self.committee, self.words)
        return (self.name,) if self.method in _BASELINES else ("quick",)


def _possible_rows(method: str) -> Iterator[Row]:
    for name, lesson in LESSONS.items():
        row = Row(f"{method}:{name}", method, lesson)
        is_too_much = lesson.reasons and not row.is_distilled
        if not is_too_much and not (lesson.labels == "soft" and method in _HARD_ONLY):
            yield row


def choose_rows(
    wanted: Iterable[str] | None = None, lessons: Iterable[str] = tuple(LESSONS)
) -> list[Row]:
    """Return rows by name.

    Parameters
    ----------
    wanted : iterable of str, default=None
        Methods, or ``method:lesson``; None is all.
    lessons : iterable of str, default=tuple(LESSONS)
        Lessons that there are at all.

    Returns
    -------
    list of Row
        In the order of ``METHODS``.

    Raises
    ------
    ValueError
        If a name is no row.

    Examples
    --------
    >>> from sklearn_tagkd.commands.benchmark.methods.rows import choose_rows
    >>> [row.name for row in choose_rows(["student-mlp:rationale", "label-spreading"])]
    ['label-spreading:hard', 'label-spreading:true', 'student-mlp:rationale']
    """
    everything = [row for method in METHODS for row in _possible_rows(method)]
    allowed = set(lessons)
    chosen = set(METHODS if wanted is None else wanted)
    names = {row.name for row in everything}
    if unknown := sorted(chosen - names - set(METHODS)):
        raise ValueError(
            f"There is no row {unknown[0]!r}. Rows are methods "
            f"({', '.join(METHODS)}), each also as method:lesson with a lesson of "
            f"{', '.join(LESSONS)} that it can learn, such as student:rationale."
        )
    return [
        row
        for row in everything
        if (row.name in chosen or row.method in chosen)
        and row.name.partition(":")[2] in allowed
    ]
