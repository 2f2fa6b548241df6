"""Independent tasks, run by whatever joblib runs them with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs
from joblib.externals.loky.process_executor import TerminatedWorkerError

from sklearn_tagkd.utils.progress import progress_bar

__all__ = ["run_tasks"]

_ATTEMPTS = 3  # at all tasks, where workers die


def run_tasks(
    function: Callable[..., None],
    tasks: Sequence[tuple[Any, ...]],
    *,
    n_jobs: int | None,
    title: str,
    progress: bool | str,
) -> None:
    """Run tasks that write files and return nothing.

    A task that finds what it would write leaves it: what was done before, by this
    process, by a killed one or on another machine, is not done again.

    Parameters
    ----------
    function : callable
        What a task does; a module's function, with arguments that are paths, ranges
        and other small things.
    tasks : sequence of tuple
        Their arguments.
    n_jobs : int or None
        Processes; None is 1, or what ``joblib.parallel_config`` says.
    title : str
        What is being done.
    progress : bool or 'auto'
        Whether to show a progress bar.

    Raises
    ------
    joblib.externals.loky.process_executor.TerminatedWorkerError
        If workers died, of too little memory say, three times.
    """
    n_jobs = min(effective_n_jobs(n_jobs), max(1, len(tasks)))
    for attempt in range(_ATTEMPTS):
        try:
            with progress_bar(len(tasks), title, "part", progress) as bar:
                done = Parallel(n_jobs, return_as="generator_unordered")(
                    delayed(function)(*task) for task in tasks
                )
                for _ in done:
                    bar.update()
            return
        except TerminatedWorkerError:
            if attempt == _ATTEMPTS - 1:
                raise
