"""From a question about a class to the messages that a model reads."""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import Any

from sklearn_tagkd.llm.class_question import ClassQuestion
from sklearn_tagkd.llm.prompting.fences import Fences
from sklearn_tagkd.llm.prompting.tokens import clip_tokens

__all__ = ["class_messages", "class_schema", "usual_class_tokens"]

_N_KEYWORDS, _N_DOCUMENTS = 20, 10
_TOKENS_PER_WORD = 1.4
_FOR_THE_REST = 250  # tokens of an answer beside its documents
_SHORTEST, _LONGEST = 8, 80  # words of an invented document
_STYLE_TOKENS = 120  # of each text that shows the style


def class_messages(
    question: ClassQuestion, max_answer_tokens: int
) -> list[dict[str, str]]:
    """Write the messages of a question about a class.

    Parameters
    ----------
    question : ClassQuestion
        What is asked.
    max_answer_tokens : int
        Tokens of the answer at most; invented documents are as long as they allow,
        up to 80 words.

    Returns
    -------
    list of dict
        Messages of the roles ``'system'`` and ``'user'``. They hold names and
        descriptions of classes, and texts of the user's only where the question
        shows their style.
    """
    n_words = _words_per_document(max_answer_tokens)
    system_form, user_form = map(_template, ("class_system.txt", "class_user.txt"))
    fences = Fences([system_form.template, user_form.template])
    classes = "\n".join(
        f"- {fences.line(f'{name}: {meaning}' if meaning else name)}"
        for name, meaning in question.classes.items()
    )
    system = system_form.substitute(
        n_keywords=_N_KEYWORDS, n_documents=_N_DOCUMENTS, n_words=n_words
    )
    style = "".join(
        f"<example>\n{fences.text(clip_tokens(text, _STYLE_TOKENS))}\n</example>\n"
        for text, _ in question.examples
    )
    user = user_form.substitute(
        classes=classes,
        name=fences.line(question.name),
        style=f"\nDocuments are in the style of these:\n{style}" if style else "",
    )
    return [
        {"role": "system", "content": _sendable(system.strip())},
        {"role": "user", "content": _sendable(user.strip())},
    ]


def usual_class_tokens(max_answer_tokens: int) -> int:
    """Return about how many tokens an answer about a class takes.

    Parameters
    ----------
    max_answer_tokens : int
        Tokens of an answer at most.

    Returns
    -------
    int
        No more than that.
    """
    n_words = _words_per_document(max_answer_tokens)
    usual = round(n_words * _N_DOCUMENTS * _TOKENS_PER_WORD) + _FOR_THE_REST
    return min(usual, max_answer_tokens)


def _words_per_document(max_answer_tokens: int) -> int:
    room = (0.8 * max_answer_tokens - _FOR_THE_REST) / _TOKENS_PER_WORD / _N_DOCUMENTS
    return round(min(max(room, _SHORTEST), _LONGEST))


def class_schema() -> dict[str, Any]:
    """Return the schema of an answer about a class.

    Returns
    -------
    dict
        Fit for OpenAI's strict mode: every property required, none beside them.

    Examples
    --------
    >>> from sklearn_tagkd.llm.prompting.class_prompt import class_schema
    >>> class_schema()["required"]
    ['description', 'keywords', 'documents']
    """
    texts = {"type": "array", "items": {"type": "string"}}
    properties: dict[str, Any] = {
        "description": {"type": "string"},
        "keywords": texts,
        "documents": texts,
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _template(name: str) -> Template:
    folder = files("sklearn_tagkd.llm.prompting") / "templates"
    return Template((folder / name).read_text(encoding="utf-8"))


def _sendable(text: str) -> str:
    # Half a surrogate pair cannot be sent; the error would quote the whole text.
    return text.encode("utf-8", "replace").decode("utf-8")
