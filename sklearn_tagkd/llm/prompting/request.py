"""One request to a model: its body, its key, and the most that it can take."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.llm.prompting.form import LIMITS, Form
from sklearn_tagkd.llm.prompting.prompt import Message
from sklearn_tagkd.llm.prompting.tokens import estimate_tokens, most_tokens
from sklearn_tagkd.utils.once import once

__all__ = ["Request"]

_VERSION = 1  # to be raised where an old answer no longer answers the same question
# Tokens that a chat format puts around messages and a schema, generously.
_FRAME, _PER_MESSAGE = 64, 16
_USUAL = Form()


@dataclass(frozen=True)
class Request:
    """What is sent for one question, or for one of several samples of its answer.

    Parameters
    ----------
    question : Question
        What is asked.
    model : str
        Name of the model.
    messages : list of dict
        What the model reads.
    schema : dict
        What its answer should look like.
    options : mapping
        Decoding parameters, such as the temperature, and the limit of the answer's
        tokens, which is part of the key under the name that it has here.
    sample : int
        Number of the sample, from 0.
    """

    question: Question
    model: str
    messages: list[Message] = field(repr=False)
    schema: dict[str, Any] = field(repr=False)
    options: Mapping[str, Any]
    sample: int = 0

    @once
    def key(self) -> bytes:
        """Return a hash of all that decides the answer."""
        parts = [_VERSION, self.model, self.messages, self.schema]
        parts += [dict(self.options), self.sample]
        text = json.dumps(parts, sort_keys=True, default=repr)
        return hashlib.blake2b(text.encode(), digest_size=16).digest()

    @property
    def prompt(self) -> str:
        """All that the model reads."""
        return "\n".join(message["content"] for message in self.messages)

    @once
    def most_tokens_in(self) -> int:
        """Tokens that the prompt has at most, whatever the tokenizer."""
        texts = [message["content"] for message in self.messages]
        bare = sum(map(most_tokens, texts)) + most_tokens(json.dumps(self.schema))
        return bare + _FRAME + _PER_MESSAGE * len(texts)

    @once
    def estimated_tokens_in(self) -> int:
        """Tokens that the prompt has, about."""
        texts = [message["content"] for message in self.messages]
        return sum(map(estimate_tokens, [*texts, json.dumps(self.schema)]))

    def with_messages(self, messages: list[Message]) -> Request:
        """Return the same request with other messages.

        Parameters
        ----------
        messages : list of dict
            What the model reads.

        Returns
        -------
        Request
            It has another key.
        """
        return replace(self, messages=messages)

    def body(self, form: Form = _USUAL) -> dict[str, Any]:
        """Return the request in the words of OpenAI's protocol.

        Parameters
        ----------
        form : Form
            In which of them, where servers differ.

        Returns
        -------
        dict
            JSON.
        """
        body = {"model": self.model, "messages": self.messages, **self.options}
        most = [body.pop(name) for name in LIMITS if name in body]
        if self.sample and "seed" in self.options:
            body["seed"] = self.options["seed"] + self.sample
        form.fill(body, self.schema, most[0] if most else None)
        return body
