"""All that one fit asks: of classes, then of nodes, of one client or of two."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import NDArray

from sklearn_tagkd.asking.again import (
    MOST_EXAMPLES,
    ask_again,
    check_examples_fit,
    questions_again,
)
from sklearn_tagkd.asking.auditing import audit_answers, audit_report
from sklearn_tagkd.asking.ledger import Ledger
from sklearn_tagkd.asking.profiling import (
    ask_profiles,
    class_questions,
    recalled_profiles,
)
from sklearn_tagkd.asking.rounds import SurveyResult, ask_both, ask_in_rounds
from sklearn_tagkd.asking.stopping import Outlook
from sklearn_tagkd.asking.survey import Survey
from sklearn_tagkd.learning.teacher_audit import TeacherAudit
from sklearn_tagkd.llm import ClassQuestion, Plan, Question
from sklearn_tagkd.rationales import ProfileTable, RationaleTable

__all__ = ["Findings", "Inquiry"]

_OF_AGAIN = (
    "the last questions stand for nodes that are asked about again; which these are, "
    "and whose texts they show as examples, depends on the answers"
)
_OF_DESCRIPTIONS = (
    "questions about nodes will have the descriptions that come of the classes, which "
    "are taken to be as long as they usually are"
)
_NOBODY = Plan("nobody", 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, "")


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
    audit : TeacherAudit or None
        How right the model is, as far as can be told.
    """

    table: RationaleTable
    profiles: ProfileTable | None
    n_asked: int
    usage: dict[str, Any]
    outlooks: list[Outlook]
    stop_reason: str
    report: dict[str, int] = field(default_factory=dict)
    audit: TeacherAudit | None = None


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
    n_again : int
        Most doubted nodes to ask about again; of two clients the strong one is asked.
    """

    survey: Survey
    strong: Survey | None
    labels: NDArray[Any]
    asks_profiles: bool
    show_style: bool
    least_gain: float | None
    n_again: int = 0

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
        if self.n_again:
            check_examples_fit(strong or survey)
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
        result = ask_again(strong or survey, result, self.n_again, ledger)
        report.update(self._report(result, survey))
        audit = audit_answers(survey.graph, result.table, survey.labelled, self.labels)
        report.update(audit_report(audit))
        return Findings(
            table=replace(result.table, classes=self.labels),
            profiles=survey.profiles and survey.profiles.relabelled(self.labels),
            n_asked=result.n_asked,
            usage=ledger.usage,
            outlooks=result.outlooks,
            stop_reason=result.stop_reason,
            report={kind: count for kind, count in report.items() if count},
            audit=audit,
        )

    def questions(self) -> list[Question]:
        """Return what would be asked, were there one round.

        Returns
        -------
        list of Question
            About classes first, then about nodes; of the cheap client before those
            of the strong one.
        """
        asked = self._informed()
        about_nodes = [question for some in asked for question in some.questions()]
        again = questions_again(asked[-1], about_nodes, self.n_again)
        return [*self._class_questions(), *about_nodes, *again]

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
        if self.survey.client is None:
            return [_NOBODY]
        plans = []
        informed = self._informed()
        asked = informed
        if self.asks_profiles:
            asked = [survey.expecting_descriptions() for survey in informed]
        for survey in asked:
            if not hasattr(survey.client, "plan"):
                raise ValueError(
                    f"{survey.client!r} has no plan: it is not known what it takes."
                )
            questions = survey.questions()
            if survey is not asked[-1]:
                plans.append(survey.client.plan(questions))
                continue
            again = questions_again(survey, questions, self.n_again)
            plan = survey.client.plan([*self._class_questions(), *questions, *again])
            if questions and survey.classes != informed[-1].classes:
                plan = replace(plan, notes=(*plan.notes, _OF_DESCRIPTIONS))
            if again:
                plan = replace(
                    plan,
                    n_texts=plan.n_texts + self._texts_of_others(survey),
                    notes=(*plan.notes, _OF_AGAIN),
                )
            plans.append(plan)
        return plans

    def _texts_of_others(self, survey: Survey) -> int:
        """Return how many texts a strong client may see that the cheap one was shown.

        Without a cheap one, all that is shown again was shown before.
        """
        if self.strong is None:
            return 0
        return self.n_again * (1 + survey.max_neighbors + MOST_EXAMPLES)

    @property
    def _asked(self) -> list[Survey]:
        return [self.survey] if self.strong is None else [self.survey, self.strong]

    def _informed(self) -> list[Survey]:
        """Return the surveys, knowing what was said of the classes before."""
        if not self.asks_profiles:
            return self._asked
        profiles = recalled_profiles(
            self._asked[-1].client, self._class_questions(), self.survey.labels
        )
        return [survey.with_profiles(profiles) for survey in self._asked]

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
