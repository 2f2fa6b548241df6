"""The only folder that talks to a language model."""

from sklearn_tagkd.llm.client import Question, RationaleClient
from sklearn_tagkd.llm.memo import ask_once
from sklearn_tagkd.llm.recorded import RecordedAnswers

__all__ = ["Question", "RationaleClient", "RecordedAnswers", "ask_once"]
