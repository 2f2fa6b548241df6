"""A server on this machine that speaks OpenAI's protocol, for tests."""

from sklearn_tagkd.llm.testing.faults import FAULTS
from sklearn_tagkd.llm.testing.responders import made_up_answer, recorded_answers
from sklearn_tagkd.llm.testing.server import LocalServer, ServerLog

__all__ = ["FAULTS", "LocalServer", "ServerLog", "made_up_answer", "recorded_answers"]
