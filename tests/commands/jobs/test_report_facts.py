"""How right the teacher is is none of what checks dropped."""

from sklearn_tagkd import LLMRationaleTransformer
from sklearn_tagkd.commands.jobs.report_facts import facts_of_report, right_lines
from sklearn_tagkd.llm import RecordedAnswers


def test_estimates_stand_by_themselves(docs):
    step = LLMRationaleTransformer(RecordedAnswers(docs.answers)).fit(docs.graph)
    assert "teacher_right_percent" in step.report_
    facts = facts_of_report({**step.report_, "keywords": 3})
    share, low, high = facts["teacher_right_percent"]
    assert 50 < low <= share <= high <= 100
    assert facts["dropped"]["keywords"] == 3
    assert not any("right" in kind for kind in facts["dropped"])
    (line,) = right_lines(facts)
    assert line.endswith(f"about {share}% of the answers ({low}% to {high}%)")


def test_nothing_is_told_where_nobody_knows():
    facts = facts_of_report({"keywords": 3})
    assert facts == {"dropped": {"keywords": 3}, "teacher_right_percent": None}
    assert right_lines(facts) == []
    facts = facts_of_report({"teacher_right_percent_at_most": 100})
    assert facts == {"dropped": {}, "teacher_right_percent": [0, 0, 100]}
    assert right_lines(facts) == []
