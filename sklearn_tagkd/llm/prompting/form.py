"""How a request asks for the form of its answer, and bounds its length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["FORMATS", "LIMITS", "Form"]

# From the best on. The second is llama.cpp's: JSON, with the schema beside the type.
FORMATS = ("json_schema", "json_object_schema", "json_object", "none")
LIMITS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True, slots=True)
class Form:
    """How a request is put.

    Parameters
    ----------
    response_format : {'json_schema', 'json_object_schema', 'json_object', 'none'}
        How the form of the answer is asked for.
    limit : {'max_tokens', 'max_completion_tokens'}
        What the limit of its tokens is called.
    """

    response_format: str = "json_schema"
    limit: str = "max_tokens"

    def fill(
        self, body: dict[str, Any], schema: dict[str, Any], most: int | None
    ) -> None:
        """Put the schema and the limit into a request.

        Parameters
        ----------
        body : dict
            JSON of the request; changed.
        schema : dict
            JSON schema of the answer.
        most : int or None
            Tokens of an answer at most; None is no limit.
        """
        if most is not None:
            body[self.limit] = most
        if self.response_format == "json_schema":
            json_schema = {"name": "answer", "strict": True, "schema": schema}
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": json_schema,
            }
        elif self.response_format == "json_object_schema":
            body["response_format"] = {"type": "json_object", "schema": schema}
        elif self.response_format == "json_object":
            body["response_format"] = {"type": "json_object"}
