"""How well wrong labels are found: planted ones, and a teacher's own.

    python benchmarks/label_issues.py FOLDER --seeds 5
    python benchmarks/label_issues.py docs --seeds 5

Plants wrong labels in 5% and 20% of a graph's true ones: ``random`` classes;
``runner-up``, drawn from what a regression on texts alone finds likely; and, where the
folder has ``labels_gpt35.jsonl``, ``confused`` (drawn from GPT-3.5's table of
confusions) and ``gpt-3.5`` (nodes that it errs on, with what it says). Beside
``label_issues``, where cleanlab is installed, its ``find_label_issues`` and its scores
on the same out-of-sample probabilities: those of the committee that ``label_issues``
asks. P@n is the precision among the first n, n being the number planted (or 50 of the
teacher's); AP is average precision. Then the recorded answers, as they are
(``--shares`` alone: no others), also ranked by the teacher's own doubt. Means over
seeds, with their standard deviation.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from sklearn_tagkd import DistilledStudentClassifier, datasets
from sklearn_tagkd.inspection import label_issues
from sklearn_tagkd.inspection.issues.witnesses import Given, hear_witnesses
from sklearn_tagkd.learning.committee.held_out import held_out_predictions
from sklearn_tagkd.rationales import check_rationales, read_answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shares", type=float, nargs="*", default=[0.05, 0.2])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    is_docs = not (options.folder / "nodes.parquet").is_file()
    bunch = datasets.load_docs() if is_docs else datasets.read_graph(options.folder)
    graph, target = bunch.graph, np.asarray(bunch.target).astype(str)
    if options.shares and not (target != "").all():
        raise SystemExit("Every node needs a true label.")
    # The student lends its encoder; what it has learnt is of no consequence.
    student = DistilledStudentClassifier(max_iter=1, random_state=0, progress=False)
    student.fit(graph, np.asarray(bunch.target))
    print("| graph | planted | ours AP | cleanlab AP | ours P@n | cleanlab P@n |")
    print("|---|---|---|---|---|---|")
    confusions = read_confusions(options.folder, graph, target)
    for kind in ("random", "runner-up", *confusions):
        for share in options.shares:
            rows = []
            for seed in range(options.seeds):
                noisy = plant(student, graph, target, kind, share, seed, confusions)
                rows.append(compare(student, graph, noisy, noisy != target))
            report(f"{options.folder.name} | {kind} {share:.0%}", rows)
    if bunch.get("answers") is not None:
        table = check_rationales(
            read_answers(bunch.answers)[0], graph, bunch.target_names
        )
        said = table.classes[table.probabilities.argmax(axis=1)].astype(str)
        is_wrong = np.zeros(len(graph), dtype=bool)
        is_wrong[table.positions] = said != target[table.positions]
        is_wrong &= target != ""
        if is_wrong.any():
            told = graph.annotated(rationales=table)
            rows = [compare(student, told, None, is_wrong, first=50)]
            share = is_wrong.sum() / len(table)
            surest = np.argsort(table.probabilities.max(axis=1), kind="stable")
            alone = is_wrong[table.positions[surest[:50]]].mean()
            print(f"the teacher's doubt alone: {alone:.2f} of the first 50")
            report(f"{options.folder.name} | {len(table)} answers, {share:.0%}", rows)


def read_confusions(folder, graph, target):
    """Return GPT-3.5's labels of a folder, where it has them."""
    path = folder / "labels_gpt35.jsonl"
    if not path.is_file():
        return {}
    said = np.full(len(graph), "", dtype=object)
    entries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    at = graph.positions([entry["node"] for entry in entries])
    for position, entry in zip(at, entries, strict=True):
        ranked = [name for name in entry["ranked"] if name in set(target)]
        said[position] = ranked[0] if ranked else ""
    return {"confused": said, "gpt-3.5": said}


def plant(student, graph, target, kind, share, seed, confusions):
    """Return labels of which a share is wrong."""
    random, classes = np.random.RandomState(seed), np.unique(target)
    n_wrong, noisy = round(share * len(target)), target.copy()
    true = np.searchsorted(classes, target)
    if kind == "gpt-3.5":
        said = confusions[kind]
        errs = np.flatnonzero((said != "") & (said != target))
        chosen = random.permutation(errs)[:n_wrong]
        noisy[chosen] = said[chosen]
        return noisy
    chosen = random.permutation(len(target))[:n_wrong]
    if kind == "random":
        odds = np.ones((len(target), len(classes)))
    elif kind == "runner-up":
        texts = np.asarray(student._embedder().raw_inputs(graph).embeddings)
        texts = 2 * texts / np.linalg.norm(texts, axis=1, keepdims=True)
        odds = held_out_predictions(
            texts.astype(np.float64), np.eye(len(classes))[true], 1e-3
        )
    else:
        said = confusions[kind]
        table = np.zeros((len(classes), len(classes)))
        there = said != ""
        named = np.searchsorted(classes, said[there].astype(str))
        np.add.at(table, (true[there], named), 1)
        odds = table[true]
    odds[np.arange(len(target)), true] = 0
    for row in chosen:
        noisy[row] = classes[random.choice(len(classes), p=odds[row] / odds[row].sum())]
    return noisy


def compare(student, graph, y, is_wrong, first=None):
    """Return average precision and precision among the first, ours and cleanlab's."""
    issues = label_issues(student, graph, y)
    wrong = is_wrong[issues.positions]
    first = first or int(wrong.sum())
    ranks = -np.arange(len(issues))
    found = {"ours": (average_precision_score(wrong, ranks), wrong[:first].mean())}
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError:
        return {**found, "cleanlab": (np.nan, np.nan)}
    order = np.argsort(issues.positions)
    positions, classes = issues.positions[order], issues.classes
    codes = np.searchsorted(classes, issues.given[order].astype(classes.dtype))
    targets = np.eye(len(classes))[codes]
    if y is None:
        targets = graph.annotations["rationales"].probabilities
    given = Given(positions, targets, codes)
    said = hear_witnesses(graph, student._embedder(), student._hops(), given).committee
    scores = get_label_quality_scores(codes, said)
    flagged = find_label_issues(codes, said, return_indices_ranked_by="self_confidence")
    # It flags as many as it sees fit; its scores rank the rest.
    rest = np.argsort(scores, kind="stable")
    ranked = np.concatenate([flagged, rest[~np.isin(rest, flagged)]])
    wrong = wrong[order]
    precision = wrong[ranked[:first]].mean()
    found["cleanlab"] = (average_precision_score(wrong, -scores), precision)
    return found


def report(title, rows):
    """Print means over seeds."""
    cells = [
        " | ".join(
            f"{np.mean(column):.3f} ± {np.std(column):.3f}"
            for column in ([row[who][number] for row in rows] for who in rows[0])
        )
        for number in (0, 1)
    ]
    print(f"| {title} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
