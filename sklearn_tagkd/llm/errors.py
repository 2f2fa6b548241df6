"""What can go wrong while a language model is asked.

No message holds a key, a prompt or a text of a node.
"""

from __future__ import annotations

from sklearn_tagkd.exceptions import TagkdError

__all__ = [
    "AnswerStoreError",
    "AskingInterrupted",
    "LLMError",
    "PromptTemplateError",
    "UnknownPriceError",
]


class LLMError(TagkdError, RuntimeError):
    """The model cannot be asked at all; says why, and what to do."""


class AnswerStoreError(LLMError):
    """The file of answers cannot be used; nothing in it was changed."""


class UnknownPriceError(LLMError, ValueError):
    """Money is to be counted, and nobody knows the price of the model."""


class PromptTemplateError(LLMError, ValueError):
    """A template lacks a placeholder, or has one that nobody fills."""


class AskingInterrupted(KeyboardInterrupt):
    """Asking was interrupted; says how many answers are kept, and where."""
