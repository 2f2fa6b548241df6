"""The only folder that talks to a language model.

Takes questions; gives rationales and abstentions, and what they cost. Inside: prompts
are written (``prompting``), sent (``wire``), paid for (``budget``), read (``reading``)
and kept (``store``). May call ``rationales``; ``testing``, a local server, also
``graph``.
"""

from sklearn_tagkd.llm.budget.plan import Plan
from sklearn_tagkd.llm.budget.prices import Price
from sklearn_tagkd.llm.budget.usage import Answers, Usage
from sklearn_tagkd.llm.callable_client import CallableClient, as_client
from sklearn_tagkd.llm.class_question import ClassQuestion
from sklearn_tagkd.llm.client import Question, RationaleClient
from sklearn_tagkd.llm.errors import (
    AnswerStoreError,
    AskingInterrupted,
    LLMError,
    PromptTemplateError,
    UnknownPriceError,
)
from sklearn_tagkd.llm.memo import ask_once
from sklearn_tagkd.llm.openai_client import OpenAIClient
from sklearn_tagkd.llm.prompting.prompt import PromptTemplates
from sklearn_tagkd.llm.recorded import RecordedAnswers
from sklearn_tagkd.llm.store.answer_store import AnswerStore

__all__ = [
    "AnswerStore",
    "AnswerStoreError",
    "Answers",
    "AskingInterrupted",
    "CallableClient",
    "ClassQuestion",
    "LLMError",
    "OpenAIClient",
    "Plan",
    "Price",
    "PromptTemplateError",
    "PromptTemplates",
    "Question",
    "RationaleClient",
    "RecordedAnswers",
    "UnknownPriceError",
    "Usage",
    "as_client",
    "ask_once",
]
