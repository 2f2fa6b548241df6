"""What has to be known before a survey: who answers, of what classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.auditing import nodes_to_audit
from sklearn_tagkd.asking.profiling import given_profiles
from sklearn_tagkd.asking.questions import describe_classes
from sklearn_tagkd.asking.survey import Survey
from sklearn_tagkd.estimators.label_codes import decode_labels
from sklearn_tagkd.estimators.labels import check_class_names, labelled_rows
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import as_client
from sklearn_tagkd.rationales import check_profiles

__all__ = ["prepare_survey"]


def prepare_survey(
    graph: TextGraph,
    y: Any,
    *,
    llm: Any,
    classes: Sequence[Any] | Mapping[Any, str] | None,
    max_per_class: int | None,
    n_examples: int,
    class_profiles: Any = None,
    n_audit: int | None = None,
    also_named_by: Any = None,
    **options: Any,
) -> tuple[Survey, NDArray[Any]]:
    """Find out what classes there are, and which labels are known.

    Parameters
    ----------
    graph : TextGraph
        View whose nodes may be asked about.
    y : array-like of shape (n_nodes,) or None
        True labels of the view.
    llm : object with ``ask``, callable or None
        Who answers.
    classes : sequence of labels, mapping of label to description, or None
        What the user says that a node can be.
    max_per_class, n_examples : object
        As in :class:`Survey`.
    class_profiles : None, 'ask', str, Path or list of ClassProfile, default=None
        What is known of the classes; what is to be asked for is not in the survey
        yet.
    n_audit : int, default=None
        Labelled nodes to ask about; None is a few where that leaves enough for others.
    also_named_by : object with ``ask``, default=None
        Another client that may know classes.
    **options : object
        As in :class:`Survey`.

    Returns
    -------
    survey : Survey
        Ready to begin.
    labels : ndarray of shape (n_classes,)
        Sorted labels, as they stand in ``y``.

    Raises
    ------
    TypeError
        If there is no graph.
    ValueError
        If there is nobody to ask, nobody names a class, or one is named by what means
        unlabelled.
    """
    if not isinstance(graph, TextGraph):
        raise TypeError(
            "A language model is asked about the nodes of a TextGraph; got X of type "
            f"{type(graph).__name__}: TextGraph(texts, edges)."
        )
    profiles = given_profiles(class_profiles)
    if llm is None and not (profiles and options["max_nodes"] == 0):
        raise ValueError(
            "llm=None: there is nobody to ask. Pass llm=OpenAIClient(model), "
            "RecordedAnswers(path) or another client, or class_profiles= a file and "
            "max_nodes=0, or leave this step out. A fitted step that was saved does "
            "not hold a plain function: set_params(llm=...)."
        )
    check_class_names([] if classes is None else classes, y)
    y, codes = decode_labels(classes, y, len(graph))
    descriptions = describe_classes(
        classes, graph, y, [llm, also_named_by], profiles or ()
    )
    labelled = dict[int, str]()  # position to name of the class
    if y is not None:
        labels, is_labelled = labelled_rows(y, len(graph))
        places = graph.rows[is_labelled].tolist()
        labelled = dict(zip(places, map(str, labels[is_labelled]), strict=True))
    sorted_labels = np.unique(np.asarray(list(descriptions)))
    audited = nodes_to_audit(
        graph, labelled, n_audit, options["max_nodes"], options["random_state"]
    )
    survey = Survey(
        graph=graph,
        client=as_client(llm),
        classes={str(label): text for label, text in descriptions.items()},
        labels=sorted_labels,
        labelled=labelled,
        max_per_class=max_per_class,
        n_examples=n_examples,
        audited=audited,
        **options,
    )
    if profiles is not None:
        survey = survey.with_profiles(check_profiles(profiles, sorted_labels))
    return survey, sorted_labels if codes is None else codes
