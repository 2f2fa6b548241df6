"""What an explanation shows of itself: ids, and no phrase."""

import pytest

from sklearn_tagkd.inspection import Evidence
from sklearn_tagkd.rationales import Rationale


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        (Evidence("a secret phrase", 0.25), "Evidence(effect=0.25)"),
        (Evidence("n1", 0.5, 1.0), "Evidence('n1', effect=0.5, weight=1)"),
        (Evidence(("n1", 2), 0.5, 0.0), "Evidence(('n1', 2), effect=0.5, weight=0)"),
        (
            Evidence("n1", -2.0, reason=Rationale("n1", {"a": 1.0}, explanation="no")),
            "Evidence('n1', effect=-2)",
        ),
    ],
)
def test_ids_are_shown_and_phrases_are_not(evidence, shown):
    assert repr(evidence) == shown
