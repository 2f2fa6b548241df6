"""What a model is, for people: Markdown with the block that model hubs read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from sklearn_tagkd.estimators.labels import labelled_rows
from sklearn_tagkd.features.digest import graph_digest
from sklearn_tagkd.graph import TextGraph

__all__ = ["Score", "score_unanswered", "write_card"]

_LIMITS = """\
- It knows the classes above and no other: a document of none of them gets one of them.
- Probabilities are those of the language model and the network behind it. They are not
  calibrated on labels unless it says so above.
- What the language model gets wrong about a whole class, the student learns.
- A graph whose links mean something else than those it was trained on is another task.
- Texts are embedded by the encoder named above, and share its languages and its biases.
"""


_DONE = {"asked_again", "answer_changed"}  # in a report, and not dropped


class Score:
    """Accuracy on labelled nodes.

    Parameters
    ----------
    accuracy : float
        Share of nodes predicted right.
    n_nodes : int
        How many.
    are_unanswered : bool
        Whether nodes that the language model answered about were left out.
    """

    def __init__(self, accuracy: float, n_nodes: int, are_unanswered: bool) -> None:
        self.accuracy, self.n_nodes = accuracy, n_nodes
        self.are_unanswered = are_unanswered

    def __repr__(self) -> str:
        return f"Score({self.accuracy:.3f}, n_nodes={self.n_nodes})"


def score_unanswered(model: Any, X: Any, y: Any) -> Score | None:
    """Score a model on labelled nodes that nobody answered about.

    Parameters
    ----------
    model : Pipeline or estimator
        Fitted.
    X : TextGraph, or array-like of shape (n_samples, n_features)
        Nodes. Of the training graph those are left out whose answers the model learnt
        from.
    y : array-like of shape (n_nodes,)
        True labels.

    Returns
    -------
    Score or None
        None where no such node has a label.
    """
    steps = _steps(model)
    keep = np.ones(len(X), dtype=bool)
    answered = [s.answered_rows_ for s in steps if hasattr(s, "answered_rows_")]
    trained_on = getattr(steps[-1], "training_graph_", None)
    is_graph = isinstance(X, TextGraph)
    knows = bool(answered) and is_graph and graph_digest(X) == trained_on
    if knows:
        keep &= ~np.isin(X.rows, answered[-1])
    labels = np.asarray(y)
    if is_graph:
        labels, is_labelled = labelled_rows(y, len(X))
        keep &= is_labelled
    rows = np.flatnonzero(keep)
    if not len(rows):
        return None
    return Score(float(model.score(X[rows], labels[rows])), len(rows), knows)


def write_card(document: dict[str, Any], score: Score | None) -> str:
    """Describe a model.

    Parameters
    ----------
    document : dict
        What a file says of it.
    score : Score or None
        Its accuracy, where labels were given.

    Returns
    -------
    str
        Markdown.
    """
    steps = document["steps"]
    last = steps[-1]
    parts = [
        _metadata(score),
        f"# {last['kind']}\n",
        "Says of documents, and of documents with links between them, which class they "
        "are of. A language model was asked about a few documents, with its reasons; "
        "a small network learnt from the answers. No language model is needed to "
        "predict.\n",
        "## Classes\n",
        *_classes(last),
        "## How it was made\n",
        *_making(document),
        "## Teacher\n",
        *_teacher(steps),
        "## Accuracy\n",
        _accuracy(score),
        "## Limits\n",
        _LIMITS,
        "## Use\n",
        "```python\nimport sklearn_tagkd\n\nmodel = sklearn_tagkd.load(path)\n"
        'model.predict(["a text"])\n```\n',
    ]
    return "\n".join(parts)


def _steps(model: Any) -> list[Any]:
    return [s for _, s in model.steps] if hasattr(model, "steps") else [model]


def _metadata(score: Score | None) -> str:
    lines = [
        "---",
        "library_name: sklearn_tagkd",
        "pipeline_tag: text-classification",
        "tags:",
        "- text-classification",
        "- node-classification",
        "- text-attributed-graphs",
        "- knowledge-distillation",
    ]
    if score is not None:
        lines += [
            "model-index:",
            "- name: sklearn_tagkd",
            "  results:",
            "  - task:",
            "      type: text-classification",
            "    dataset:",
            "      name: labelled nodes given to model_card",
            "      type: unknown",
            "    metrics:",
            "    - type: accuracy",
            f"      value: {score.accuracy:.4f}",
        ]
    return "\n".join([*lines, "---", ""])


def _classes(step: dict[str, Any]) -> Iterator[str]:
    labels = step["fitted"].get("classes_", {}).get("values", [])
    yield "\n".join(f"- {_code(label)}" for label in labels) + "\n"


def _making(document: dict[str, Any]) -> Iterator[str]:
    versions = ", ".join(f"{k} {v}" for k, v in sorted(document["made_by"].items()))
    lines = [f"- saved {document['made_at']} with {versions}"]
    for step in document["steps"]:
        fitted = step.get("fitted", {})
        name = f"{step['name']}: {step['kind']}" if step["name"] else step["kind"]
        shape = fitted.get("network_", {}).get("shape")
        if shape:
            name += f", {shape['backbone']!r}, hidden_dim={shape['hidden_dim']}"
        lines.append(f"- {name}")
        if step.get("encoder"):
            lines.append(f"  - text encoder: {_code(step['encoder']['name'])}")
        graph = fitted.get("training_graph_")
        if graph:
            lines.append(
                f"  - trained on {graph['nodes']} nodes and {graph['links']} links, "
                f"digest {graph['digest']}"
            )
    yield "\n".join(lines) + "\n"


def _teacher(steps: list[dict[str, Any]]) -> Iterator[str]:
    asked = [step for step in steps if "n_asked_" in step.get("fitted", {})]
    if not asked:
        yield "No language model was asked in this model: it learnt from labels.\n"
    for step in asked:
        fitted, who = step["fitted"], step["teacher"]
        budget = step["parameters"]
        cost = fitted.get("cost_")
        lines = [
            f"- who: {_code(who.get('kind', 'not recorded'))} "
            f"{_code(who['model']) if 'model' in who else ''}".rstrip(),
            f"- budget: {_limit(budget.get('max_nodes'))} nodes, "
            f"{_limit(budget.get('max_cost'))} dollars",
            f"- asked about {fitted['n_asked_']} nodes; of "
            f"{fitted.get('n_answered_', 0)} the answer passed the checks",
            f"- requests: {fitted.get('n_requests_', 0)}",
            f"- cost: {'not known' if cost is None else f'{cost:.4f} dollars'}",
        ]
        report = fitted.get("report_", {})
        lines += [
            f"- {'' if kind in _DONE else 'dropped, '}{kind}: {count}"
            for kind, count in report.items()
            if not kind.startswith("teacher_right")  # told below, in words
        ]
        lines += _audit(steps)
        yield "\n".join(lines) + "\n"


def _audit(steps: list[dict[str, Any]]) -> Iterator[str]:
    fitted = [step.get("fitted", {}) for step in steps]
    # A step that learns from answers knows more of them than the one that asked.
    fitted.sort(key=lambda known: "n_asked_" in known)
    for known in fitted:
        audit = known.get("teacher_audit_")
        if audit is not None:
            right, low, high = audit["right"]
            yield (
                f"- estimated to be right in {right:.2f} [{low:.2f}, {high:.2f}] of "
                f"its answers, by {audit['source']}"
            )
            return


def _accuracy(score: Score | None) -> str:
    if score is None:
        return (
            "Not measured: no label was given of a node that the language model did "
            "not answer about. model_card(model, graph, y) scores such nodes.\n"
        )
    which = (
        "without an answer of the language model (unanswered)"
        if score.are_unanswered
        else "as given; whether the model learnt from them is not known"
    )
    return f"{score.accuracy:.3f} on {score.n_nodes} labelled nodes, {which}.\n"


def _limit(value: Any) -> str:
    return "no limit on" if value is None else f"at most {value}"


def _code(value: Any) -> str:
    """Return a value as code, whatever is in it, on one line."""
    plain = value if isinstance(value, str) else json.dumps(value)
    return "`" + " ".join(plain.replace("`", "'").split()) + "`"
