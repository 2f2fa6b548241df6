"""What has to be known before anybody is asked: who answers, of what classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.auditing import nodes_to_audit
from sklearn_tagkd.asking.cascade import split_budget
from sklearn_tagkd.asking.inquiry import Inquiry
from sklearn_tagkd.asking.profiling import (
    are_asked_for,
    given_profiles,
    refuse_without_texts,
)
from sklearn_tagkd.asking.questions import describe_classes
from sklearn_tagkd.asking.stopping import LEAST_GAIN
from sklearn_tagkd.asking.survey import Survey
from sklearn_tagkd.estimators.label_codes import decode_labels
from sklearn_tagkd.estimators.labels import check_class_names, labelled_rows
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import as_client
from sklearn_tagkd.rationales import check_profiles

__all__ = ["prepare_inquiry"]


def prepare_inquiry(
    graph: TextGraph,
    y: Any,
    *,
    llm: Any,
    max_nodes: Any,
    class_profiles: Any,
    show_style: bool,
    stop: Any,
    ask_again: int = 0,
    **options: Any,
) -> Inquiry:
    """Find out what is to be asked of whom.

    Parameters
    ----------
    graph : TextGraph
        View whose nodes may be asked about.
    y : array-like of shape (n_nodes,) or None
        True labels of the view.
    llm : object with ``ask``, callable, pair of them, or None
        Who answers: of two the cheap one first.
    max_nodes : int, None or pair of them
        Most nodes to ask about.
    class_profiles, show_style, stop, ask_again, **options : object
        As in :class:`~sklearn_tagkd.LLMRationaleTransformer`.

    Returns
    -------
    Inquiry
        Ready to begin.

    Raises
    ------
    TypeError
        If a name is given in the place of whoever answers.
    ValueError
        If there is nobody to ask, nobody names a class, or what is given for one
        client does not fit the other.
    """
    is_cascade = isinstance(llm, list | tuple)
    if any(isinstance(client, str) for client in (llm if is_cascade else [llm])):
        raise TypeError(  # which does not repeat it: it may be a key
            "llm= is a string, and not somebody who answers. Of a model's name make "
            "OpenAIClient(name), with base_url= for a server of your own, and of a "
            "file of answers RecordedAnswers(path). A key is never given here."
        )
    if is_cascade and (len(llm) != 2 or any(client is None for client in llm)):
        n_given = sum(client is not None for client in llm)
        raise ValueError(
            f"llm= must be one client, or [cheap, strong]; got {n_given} of them."
        )
    if class_profiles is None and max_nodes in (0, [0, 0], (0, 0)):
        raise ValueError(
            "The 'max_nodes' parameter is 0 and class_profiles=None: nothing would be "
            'known. Pass class_profiles="ask" or a file of them, or ask about nodes.'
        )
    if not is_cascade and isinstance(max_nodes, list | tuple):
        raise ValueError("max_nodes= is a pair only where llm=[cheap, strong].")
    cheap, strong = llm if is_cascade else (llm, None)
    n_widely, n_strong = split_budget(max_nodes) if is_cascade else (max_nodes, None)
    if is_cascade:
        n_strong = _without(n_strong, ask_again)
    else:
        n_widely = _without(n_widely, ask_again)
    survey, labels = _prepare_survey(
        graph,
        y,
        llm=cheap,
        max_nodes=n_widely,
        class_profiles=class_profiles,
        also_named_by=strong,
        **options,
    )
    if are_asked_for(class_profiles):
        refuse_without_texts(graph)
    return Inquiry(
        survey=survey,
        strong=(
            replace(survey, client=as_client(strong), max_nodes=n_strong)
            if is_cascade
            else None
        ),
        labels=np.asarray(labels),
        asks_profiles=are_asked_for(class_profiles),
        show_style=show_style,
        least_gain=LEAST_GAIN if stop == "auto" else stop,
        n_again=ask_again,
    )


def _prepare_survey(
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
        If there is nobody to ask, fewer than two classes are named, or one by what
        means unlabelled.
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
    client = as_client(llm)
    if len(descriptions) < 2 and getattr(client, "remembers", False):  # it may be dear
        raise ValueError(
            f"The classes are {list(descriptions)!r}: with fewer than two of them "
            "whatever is answered tells nothing. Name them all: classes=[...]."
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
        client=client,
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


def _without(n_most: int | None, n_again: int) -> int | None:
    """Return how many nodes may be asked about once."""
    if not n_again or n_most is None:
        return n_most
    if n_again >= n_most:
        raise ValueError(
            f"ask_again={n_again} counts towards max_nodes, and no node would be asked "
            f"about a first time: max_nodes is {n_most} for the client that is asked "
            "again. Ask about fewer nodes again, or allow more."
        )
    return n_most - n_again
