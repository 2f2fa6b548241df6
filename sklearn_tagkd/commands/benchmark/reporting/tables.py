"""Tables of the report, in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sklearn_tagkd.commands.benchmark.methods.ablations import PARTS, Ablation
from sklearn_tagkd.commands.benchmark.methods.rows import METHODS
from sklearn_tagkd.commands.benchmark.metrics import METRICS
from sklearn_tagkd.commands.benchmark.reporting.results import Results
from sklearn_tagkd.commands.benchmark.reporting.statistics import Difference, Summary

__all__ = [
    "ablation_table",
    "accuracy_table",
    "comparison_table",
    "describe_row",
    "difference_table",
    "in_points",
    "markdown_table",
    "mean_and_spread",
    "measures_table",
]

_LESSON_NAMES = {
    "hard": "hard labels",
    "soft": "soft labels",
    "rationale": "full rationale",
    "true": "TRUE labels (ceiling)",
}


def describe_row(name: str) -> str:
    """Return what a row is, in words.

    Parameters
    ----------
    name : str
        ``method:lesson``.

    Returns
    -------
    str
        Method and lesson.
    """
    method, _, lesson = name.partition(":")
    return f"{METHODS[method]}, {_LESSON_NAMES.get(lesson, lesson)}"


def accuracy_table(results: Results, source: str, rows: Sequence[str]) -> str:
    """Return accuracy by row and number of answers.

    Parameters
    ----------
    results : Results
        Finished cells.
    source : str
        Whose answers.
    rows : sequence of str
        Names of rows.

    Returns
    -------
    str
        Mean ± standard deviation of one subset.
    """
    by_title = {describe_row(row): row for row in rows}

    def entry(title: str, answers: int) -> str:
        found = results.summary(source, by_title[title], answers, "accuracy")
        return mean_and_spread(found)

    return _by_budget(results, source, list(by_title), entry)


def mean_and_spread(found: Summary | None) -> str:
    """Return an accuracy over subsets.

    Parameters
    ----------
    found : Summary or None
        Of shares.

    Returns
    -------
    str
        Mean ± standard deviation of one subset; the mean alone of a single one.
    """
    if found is None:
        return ""
    spread = f" ± {found.deviation:.3f}" if found.n > 1 else ""
    return f"{found.mean:.3f}{spread}"


def difference_table(
    results: Results, source: str, rows: Sequence[str], reference: str
) -> str:
    """Return paired differences of accuracy to one row.

    Parameters
    ----------
    results : Results
        Finished cells.
    source : str
        Whose answers.
    rows : sequence of str
        Names of rows.
    reference : str
        The row to hold them against.

    Returns
    -------
    str
        Percentage points with their interval.
    """
    others = [row for row in rows if row != reference]
    pairs = [(describe_row(row), row, reference) for row in others]
    return comparison_table(results, source, pairs)


def comparison_table(
    results: Results, source: str, pairs: Iterable[tuple[str, str, str]]
) -> str:
    """Return paired differences of accuracy between rows.

    Parameters
    ----------
    results : Results
        Finished cells.
    source : str
        Whose answers.
    pairs : iterable of (str, str, str)
        A title, a row, and what it is held against; pairs not computed are left out.

    Returns
    -------
    str
        Percentage points with their interval; ``''`` where no pair was computed.
    """
    rows = {title: (ours, theirs) for title, ours, theirs in pairs}

    def entry(title: str, answers: int) -> str:
        return in_points(results.difference(source, *rows[title], answers))

    return _by_budget(results, source, list(rows), entry)


def measures_table(
    results: Results, source: str, rows: Sequence[str], answers: int
) -> str:
    """Return all that was measured at one number of answers.

    Parameters
    ----------
    results : Results
        Finished cells.
    source : str
        Whose answers.
    rows : sequence of str
        Names of rows.
    answers : int
        Number of answers.

    Returns
    -------
    str
        Means over subsets.
    """
    lines = []
    for row in rows:
        means = [
            results.summary(source, row, answers, metric)
            for metric in (*METRICS, "seconds", "tokens")
        ]
        if all(mean is not None for mean in means):
            *scores, seconds, tokens = (mean.mean for mean in means if mean)
            lines.append(
                [
                    describe_row(row),
                    *(f"{score:.3f}" for score in scores),
                    f"{seconds:.1f}",
                    f"{tokens:,.0f}",
                ]
            )
    heads = [metric.replace("_", " ") for metric in METRICS]
    return markdown_table(["", *heads, "CPU seconds", "LLM tokens, about"], lines)


def ablation_table(results: Results, source: str, ablations: Iterable[Ablation]) -> str:
    """Return what each part is worth.

    Parameters
    ----------
    results : Results
        Finished cells.
    source : str
        Whose answers.
    ablations : iterable of Ablation
        Of one kind.

    Returns
    -------
    str
        Accuracy with the part minus accuracy without it, and what can be said.
    """
    lines = []
    for one in ablations:
        for answers in results.budgets(source):
            found = results.difference(
                source, one.with_it.name, one.without_it.name, answers
            )
            if found is not None:
                lines.append(
                    [
                        PARTS[one.part],
                        one.method,
                        str(answers),
                        in_points(found),
                        found.verdict.replace("better", "helps").replace(
                            "worse", "hurts"
                        ),
                    ]
                )
    heads = ["part", "of", "answers", "what it adds", "verdict"]
    return markdown_table(heads, lines, words=("of", "verdict"))


def _by_budget(
    results: Results,
    source: str,
    titles: Sequence[str],
    entry: Callable[[str, int], str],
) -> str:
    """Return a table with a column per number of answers; ``''`` if it were empty."""
    budgets = results.budgets(source)
    lines = []
    for title in titles:
        found = [entry(title, answers) for answers in budgets]
        if any(found):
            lines.append([title, *found])
    heads = [results.describe_budget(source, answers) for answers in budgets]
    return markdown_table(["", *heads], lines) if lines else ""


def in_points(found: Difference | None) -> str:
    """Return a difference in percentage points, bold where its interval has no 0.

    Parameters
    ----------
    found : Difference or None
        Of shares.

    Returns
    -------
    str
        With its interval; '''' where there is none.
    """
    if found is None:
        return ""
    mean = f"{100 * found.mean:+.2f}"
    if found.low != found.low:  # NaN: there is no spread to tell an interval from
        return f"{mean} (one pair)" if found.n == 1 else f"{mean} (every time)"
    text = f"{mean} [{100 * found.low:+.2f}, {100 * found.high:+.2f}]"
    return text if found.verdict == "no difference shown" else f"**{text}**"


def markdown_table(
    head: Sequence[str], lines: Sequence[Sequence[str]], words: Sequence[str] = ()
) -> str:
    """Return a table: its first column and those of words to the left.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    lines : sequence of sequence of str
        Entries, line by line.
    words : sequence of str, default=()
        Columns that hold words.

    Returns
    -------
    str
        Markdown.
    """
    marks = ["---", *("---" if name in words else "---:" for name in head[1:])]
    return "\n".join(f"| {' | '.join(entries)} |" for entries in (head, marks, *lines))
