"""What is said where there is nothing to learn from."""

from __future__ import annotations

from collections import Counter
from typing import Any

from numpy.typing import NDArray

from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.rationales import RationaleTable

__all__ = ["nothing_known", "nothing_taught"]


def nothing_taught(learner: str, classes: NDArray[Any]) -> str:
    """Say why class profiles, or a teacher, teach nothing without a label or an answer.

    Parameters
    ----------
    learner : str
        Name of the class of the estimator.
    classes : ndarray of shape (n_classes,)
        What it would tell apart.

    Returns
    -------
    str
        What is wrong, and what to do.
    """
    start = f"{learner} has nothing to learn: there is no label and no answer, and "
    if len(classes) > 1:
        return f"{start}the weight of what else would teach is 0."
    return (
        f"{start}the class profiles are of one class alone ({classes.tolist()[0]!r}), "
        "beside which there is none to tell it from. Name two classes or more, and "
        "give each a profile."
    )


def nothing_known(source: str, graph: TextGraph) -> str:
    """Say why no node's class is known.

    Parameters
    ----------
    source : {'both', 'llm', 'y'}
        What was to be learnt from.
    graph : TextGraph
        View, with or without rationales.

    Returns
    -------
    str
        What is wrong, and what to do.
    """
    start = (
        f"There is nothing to learn from (supervision={source!r}): the selected nodes "
        "have neither a true label nor an answer of a language model."
    )
    table: RationaleTable | None = graph.annotations.get("rationales")
    if "profiles" in graph.annotations and source != "y":
        return (
            f"{start} Class profiles alone teach an InterpreterGNNClassifier, and that "
            "one a DistilledStudentClassifier."
        )
    if table is None:
        return (
            f"{start} Pass y, or put an LLMRationaleTransformer before this step: a "
            "pipeline, or its fit_transform, hands the answers on; its transform does "
            "not."
        )
    if source == "y":
        return f"{start} Pass y, or learn from the answers with supervision='both'."
    if len(table):
        return f"{start} Pass y, or ask about these nodes: others have answers."
    counts = Counter(table.abstained.values()).most_common()
    told = ", ".join(f"{reason} {count}" for reason, count in counts)
    return (
        f"{start} The model was asked about {len(table.abstained)} nodes and answered "
        f"none: {told}. The warning of the step that asked says what helps. Or pass y."
    )
