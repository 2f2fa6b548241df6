"""All that one fit asks: of classes, then of nodes, of one client or of two."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_tagkd.asking.cascade import split_budget
from sklearn_tagkd.asking.ledger import Ledger
from sklearn_tagkd.asking.preparation import prepare_survey
from sklearn_tagkd.asking.profiling import ask_profiles, class_questions
from sklearn_tagkd.asking.rounds import SurveyResult, ask_both, ask_in_rounds
from sklearn_tagkd.asking.stopping import LEAST_GAIN, Outlook
from sklearn_tagkd.asking.survey import Survey
from sklearn_tagkd.graph import TextGraph
from sklearn_tagkd.llm import ClassQuestion, Plan, Question, as_client
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["Findings", "Inquiry", "prepare_inquiry"]


@dataclass(frozen=True)
class Findings:
    """What an inquiry brought.

    Parameters
    ----------
    table : RationaleTable
        Answers about nodes that passed the checks.
    profiles : ProfileTable or None
        What is known of the classes.
    n_asked : int
        Nodes that were asked about.
    usage : dict of str to object
        What asking took, all of it together; empty with clients that do not count.
    outlooks : list of Outlook
        After each round, where asking may end early.
    stop_reason : str
        Why there was no further round.
    report : dict of str to int
        What the checks dropped, by kind.
    """

    table: RationaleTable
    profiles: ProfileTable | None
    n_asked: int
    usage: dict[str, Any]
    outlooks: list[Outlook]
    stop_reason: str
    report: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Inquiry:
    """An inquiry that is ready to begin.

    Parameters
    ----------
    survey : Survey
        Of nodes.
    strong : Survey or None
        Of nodes too, of a second, stronger client.
    labels : ndarray of shape (n_classes,)
        Sorted labels, as they stand in ``y``.
    asks_profiles : bool
        Whether the classes are asked about first.
    show_style : bool
        Whether a few texts of the graph show their style then.
    least_gain : float or None
        Points that 50 more answers must be expected to bring, or asking ends.
    """

    survey: Survey
    strong: Survey | None
    labels: NDArray[Any]
    asks_profiles: bool
    show_style: bool
    least_gain: float | None

    def run(self, max_cost: float | None) -> Findings:
        """Ask.

        Parameters
        ----------
        max_cost : float or None
            US dollars that all that is asked may take together.

        Returns
        -------
        Findings
            What came of it.
        """
        ledger = Ledger(max_cost)
        survey, strong = self.survey, self.strong
        report: Counter[str] = Counter()
        if self.asks_profiles:
            # The strong one knows the classes better, and there are few of them.
            knows = survey if strong is None else strong
            profiles, refused = ask_profiles(
                knows.client, self._class_questions(), survey.labels, ledger
            )
            report.update(refused)
            survey = survey.with_profiles(profiles)
            strong = None if strong is None else strong.with_profiles(profiles)
        result: SurveyResult
        if strong is None:
            result = ask_in_rounds(survey, ledger, self.least_gain)
        else:
            result = ask_both(survey, strong, ledger, self.least_gain)
        report.update(self._report(result, survey))
        return Findings(
            table=replace(result.table, classes=self.labels),
            profiles=survey.profiles and survey.profiles.relabelled(self.labels),
            n_asked=result.n_asked,
            usage=ledger.usage,
            outlooks=result.outlooks,
            stop_reason=result.stop_reason,
            report={kind: count for kind, count in report.items() if count},
        )

    def questions(self) -> list[Question]:
        """Return what would be asked, were there one round.

        Returns
        -------
        list of Question
            About classes first, then about nodes; of the cheap client before those
            of the strong one.
        """
        asked = [self.survey] if self.strong is None else [self.survey, self.strong]
        about_nodes = [question for some in asked for question in some.questions()]
        return [*self._class_questions(), *about_nodes]

    def plans(self) -> list[Plan]:
        """Find out what it would take; nothing is sent.

        Returns
        -------
        list of Plan
            One per client.

        Raises
        ------
        ValueError
            If a client has no plan to make, because it asks nobody.
        """
        asked = [self.survey] if self.strong is None else [self.survey, self.strong]
        plans = []
        for survey in asked:
            if not hasattr(survey.client, "plan"):
                raise ValueError(
                    f"{survey.client!r} has no plan: it is not known what it takes."
                )
            of_classes = self._class_questions() if survey is asked[-1] else []
            plans.append(survey.client.plan([*of_classes, *survey.questions()]))
        return plans

    def _class_questions(self) -> list[ClassQuestion]:
        if not self.asks_profiles:
            return []
        return class_questions(
            self.survey.classes,
            self.survey.graph,
            show_style=self.show_style,
            random_state=self.survey.random_state,
        )

    def _report(self, result: SurveyResult, survey: Survey) -> Counter[str]:
        report = Counter(result.table.report) + Counter(result.report)
        report.update(survey.count_passed_over())
        if survey.profiles is not None:
            for kind, count in survey.profiles.report.items():
                report[f"profiles: {kind}"] += count
        abstained = result.table.abstained.values()
        report.update(f"abstained: {reason}" for reason in abstained)
        return report


def prepare_inquiry(
    graph: TextGraph,
    y: Any,
    *,
    llm: Any,
    max_nodes: Any,
    class_profiles: Any,
    show_style: bool,
    stop: Any,
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
    class_profiles, show_style, stop, **options : object
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
    if is_cascade and len(llm) != 2:
        raise ValueError(
            f"llm= must be one client, or [cheap, strong]; got {len(llm)} of them."
        )
    if class_profiles is None and max_nodes == 0:
        raise ValueError(
            "The 'max_nodes' parameter is 0 and class_profiles=None: nothing would be "
            'known. Pass class_profiles="ask" or a file of them, or ask about nodes.'
        )
    if not is_cascade and isinstance(max_nodes, list | tuple):
        raise ValueError("max_nodes= is a pair only where llm=[cheap, strong].")
    cheap, strong = llm if is_cascade else (llm, None)
    n_widely, n_strong = split_budget(max_nodes) if is_cascade else (max_nodes, None)
    survey, labels = prepare_survey(
        graph,
        y,
        llm=cheap,
        max_nodes=n_widely,
        class_profiles=class_profiles,
        also_named_by=strong,
        **options,
    )
    return Inquiry(
        survey=survey,
        strong=(
            replace(survey, client=as_client(strong), max_nodes=n_strong)
            if is_cascade
            else None
        ),
        labels=np.asarray(labels),
        asks_profiles=isinstance(class_profiles, str) and class_profiles == "ask",
        show_style=show_style,
        least_gain=LEAST_GAIN if stop == "auto" else stop,
    )
