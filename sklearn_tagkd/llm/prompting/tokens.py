"""How long a text is in tokens, without any model's tokenizer at hand."""

from __future__ import annotations

import re

__all__ = ["clip_tokens", "estimate_tokens", "most_tokens"]

# A word of up to six letters is one token as a rule, a longer one several; other
# scripts are counted by the character, which is too many rather than too few.
_PIECE = re.compile(r"[A-Za-z]{1,6}|\d{1,3}|[^\sA-Za-z\d]")
_MARK = " ..."
_LONGEST_PIECE = 12  # characters with white space; a page of blanks is no free text


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text has.

    An approximation that no tokenizer is needed for: pieces of at most six Latin
    letters or three digits, and single other characters. It is for clipping and for
    plans; what may be spent is reserved by a bound that no tokenizer exceeds.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    int
        Number of tokens.

    Examples
    --------
    >>> from sklearn_tagkd.llm.prompting.tokens import estimate_tokens
    >>> estimate_tokens("A graph has nodes and links.")
    7
    """
    return sum(1 for _ in _PIECE.finditer(text))


def most_tokens(text: str) -> int:
    """Return how many tokens a text has at most, whatever the tokenizer.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    int
        Its bytes in UTF-8: tokens of the usual tokenizers are one byte or more.
    """
    return len(text.encode("utf-8", "surrogatepass"))


def clip_tokens(text: str, limit: int) -> str:
    """Cut a text off after about so many tokens.

    Parameters
    ----------
    text : str
        Any text.
    limit : int
        Most tokens, as :func:`estimate_tokens` counts them.

    Returns
    -------
    str
        The text, or its beginning followed by ``' ...'``.

    Examples
    --------
    >>> from sklearn_tagkd.llm.prompting.tokens import clip_tokens
    >>> clip_tokens("A graph has nodes and links.", 4)
    'A graph has nodes ...'
    """
    whole, text = text, text[: _LONGEST_PIECE * limit]
    end = 0
    for count, piece in enumerate(_PIECE.finditer(text), start=1):
        if count > limit:
            return text[:end].rstrip() + _MARK
        end = piece.end()
    return whole if text == whole else text[:end].rstrip() + _MARK
