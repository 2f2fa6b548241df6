"""Independent tasks, run by whatever joblib runs them with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs

from sklearn_tagkd.bulk.claims import claimed, tidy, wait_for
from sklearn_tagkd.utils.progress import progress_bar

__all__ = ["run_tasks"]

_ATTEMPTS = 3  # at all tasks, where workers die
# What joblib's own processes and Ray's raise of a worker that died, or an heir of it;
# not everyone has Ray. Dask and Spark themselves give its task to another worker.
_DEATHS = {"TerminatedWorkerError", "RayActorError", "WorkerCrashedError"}


def run_tasks(
    function: Callable[..., None],
    tasks: Mapping[Path, tuple[Any, ...]],
    *,
    n_jobs: int | None,
    title: str,
    progress: bool | str,
) -> None:
    """Run tasks that write a file each and return nothing.

    A file that is there is not written again, and one that another process writes, here
    or on another machine, is waited for. Each task is sent alone, as a function's name
    and its arguments.

    Parameters
    ----------
    function : callable
        What a task does; a module's function, with arguments that are paths, ranges
        and other small things.
    tasks : mapping of Path to tuple
        Its arguments, by the file that it writes last of all.
    n_jobs : int or None
        Processes; None is 1, or what ``joblib.parallel_config`` says.
    title : str
        What is being done.
    progress : bool or 'auto'
        Whether to show a progress bar.

    Raises
    ------
    Exception
        What a task raises, or the engine, where workers died three times, of too
        little memory say.
    """
    folders = {target.parent for target in tasks}
    for folder in folders:
        tidy(folder)
    missing = [target for target in tasks if not target.exists()]
    n_failures = 0
    while missing:
        todo = [(function, target, tasks[target]) for target in missing]
        try:
            _run(todo, n_jobs, title, progress)
        except Exception as error:
            n_failures += 1
            of_a_death = _DEATHS & {kind.__name__ for kind in type(error).__mro__}
            if not of_a_death or n_failures == _ATTEMPTS:
                raise
        missing = wait_for(tasks)
    for folder in folders:  # of workers that died meanwhile
        tidy(folder)


def _run(
    todo: Sequence[tuple[Any, ...]], n_jobs: int | None, title: str, show: bool | str
) -> None:
    calls = [delayed(_do)(*task) for task in todo]
    how = {"n_jobs": min(effective_n_jobs(n_jobs), len(todo)), "batch_size": 1}
    with progress_bar(len(todo), title, "part", show) as bar:
        for _ in _parallel(how)(calls):
            bar.update()


def _parallel(how: dict[str, Any]) -> Parallel:
    try:
        return Parallel(**how, return_as="generator_unordered")
    except ValueError:  # Ray and Spark tell nothing before all is done
        return Parallel(**how)


def _do(
    function: Callable[..., None], target: Path, arguments: tuple[Any, ...]
) -> None:
    with claimed(target) as is_ours:
        if is_ours:
            function(*arguments)
