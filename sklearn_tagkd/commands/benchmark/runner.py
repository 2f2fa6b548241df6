"""Compute the cells of the report, several at a time, each but once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed, parallel_config
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from sklearn_tagkd.commands.benchmark.cells import Cell, CellStore, Result
from sklearn_tagkd.commands.benchmark.methods.classical import CLASSICAL
from sklearn_tagkd.commands.benchmark.methods.lessons import prepare_lesson
from sklearn_tagkd.commands.benchmark.methods.material import Material
from sklearn_tagkd.commands.benchmark.methods.networks import (
    BASELINES,
    distill,
    predict_baseline,
)
from sklearn_tagkd.commands.benchmark.methods.rows import Row
from sklearn_tagkd.commands.benchmark.metrics import score_predictions
from sklearn_tagkd.commands.benchmark.problem import Problem
from sklearn_tagkd.commands.benchmark.sources import Sample
from sklearn_tagkd.features.encoding import embed_texts
from sklearn_tagkd.utils.progress import progress_bar

__all__ = ["Training", "predict_group", "run_cells"]


@dataclass(frozen=True)
class Training:
    """What all rows are trained with.

    Parameters
    ----------
    encoder : str or TextEncoder
        What embeds texts.
    device : str
        Where networks are trained.
    """

    encoder: Any
    device: str


def run_cells(
    problem: Problem,
    rows: Mapping[str, Row],
    cells: Sequence[Cell],
    store: CellStore,
    training: Training,
    *,
    n_jobs: int = 1,
    progress: bool | str = "auto",
) -> dict[Cell, Result]:
    """Compute cells that the store does not have, and keep them there.

    Parameters
    ----------
    problem : Problem
        What is measured on.
    rows : mapping of str to Row
        Rows by name.
    cells : sequence of Cell
        What is wanted.
    store : CellStore
        Keeps results as they come.
    training : Training
        What all rows are trained with.
    n_jobs : int, default=1
        Processes, with one thread each.
    progress : bool or 'auto', default='auto'
        Whether to show a progress bar.

    Returns
    -------
    dict of Cell to Result
        All cells that were wanted.
    """
    known = store.read()
    missing = [cell for cell in dict.fromkeys(cells) if cell not in known]
    if missing:
        _embed_everything(problem, training, progress)
    groups = _grouped(missing, rows)
    # One job works in this process; torch would use all cores for its tiny networks.
    several = parallel_config("loky", inner_max_num_threads=1)
    with (
        progress_bar(len(missing), "benchmark", "cell", progress) as bar,
        several if n_jobs > 1 else nullcontext(),
    ):
        bar.set_postfix_str(f"{len(known)} known")
        finished = Parallel(n_jobs, return_as="generator_unordered")(
            delayed(_compute_group)(
                problem, [(cell, rows[cell.row]) for cell in group], training
            )
            for group in groups
        )
        for results in finished:
            store.append(results)
            known.update((result.cell, result) for result in results)
            bar.update(len(results))
    return {cell: known[cell] for cell in cells}


def predict_group(
    material: Material, sample: Sample, true: NDArray[np.int64], rows: Sequence[Row]
) -> Iterator[tuple[Row, NDArray[np.float64], float]]:
    """Train rows that are computed together, and predict the test nodes.

    Parameters
    ----------
    material : Material
        The graph.
    sample : Sample
        What is learnt from.
    true : ndarray of int64 of shape (n_nodes,)
        Columns of true classes; looked at by ceilings alone.
    rows : sequence of Row
        Of one group.

    Yields
    ------
    row : Row
        One of the rows.
    probabilities : ndarray of float64 of shape (n_test, n_classes)
        Its prediction.
    seconds : float
        Processor time to train and predict.
    """
    if rows[0].is_distilled:
        lesson = prepare_lesson(sample.table, rows[0].lesson, true)
        yield from distill(material, lesson, rows)
        return
    for row in rows:
        lesson = prepare_lesson(sample.table, row.lesson, true)
        start = time.process_time()
        if row.method in BASELINES:
            predicted = predict_baseline(material, lesson, row.method)
        else:
            predicted = CLASSICAL[row.method](material, lesson)
        yield row, predicted, time.process_time() - start


def _compute_group(
    problem: Problem, group: Sequence[tuple[Cell, Row]], training: Training
) -> list[Result]:
    first = group[0][0]
    sample = problem.sources[first.source].draw(first.answers, first.subset)
    material = Material(
        graph=problem.graph,
        test_rows=sample.test_rows,
        classes=problem.classes,
        profiles=sample.profiles,
        labels=sample.labels,
        encoder=training.encoder,
        device=training.device,
        seed=first.subset,
    )
    cell_of = {row.name: cell for cell, row in group}
    true = problem.true[sample.test_rows]
    results = []
    with threadpool_limits(1):
        _ = material.inputs  # no row pays for what all share
        rows = [row for _, row in group]
        predictions = predict_group(material, sample, problem.true, rows)
        for row, probabilities, seconds in predictions:
            charge = problem.charge(sample, row.lesson)
            results.append(
                Result(
                    cell=cell_of[row.name],
                    scores=score_predictions(probabilities, true),
                    seconds=round(seconds, 3),
                    **vars(charge),
                )
            )
    return results


def _grouped(cells: Sequence[Cell], rows: Mapping[str, Row]) -> list[list[Cell]]:
    """Return cells that are computed together; small subset numbers come first."""
    groups: dict[tuple[object, ...], list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.subset):
        key = (cell.source, cell.answers, cell.subset, rows[cell.row].group)
        groups.setdefault(key, []).append(cell)
    return list(groups.values())


def _embed_everything(
    problem: Problem, training: Training, progress: bool | str
) -> None:
    """Fill the cache before any clock runs: texts, keywords, key messages."""
    texts = list(problem.graph.texts)
    for source in problem.sources.values():
        said = [*source.table.keywords.joined(), *source.table.messages.joined()]
        texts += [text for text in said if text]
    if problem.profiles is not None:
        texts += problem.profiles.lessons()[0]
    embed_texts(texts, training.encoder, device=training.device, progress=progress)
