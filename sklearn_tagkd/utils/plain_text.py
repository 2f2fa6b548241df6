"""Texts of others, fit for a terminal, for a picture and for a file."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["literal", "printable", "valid_text"]

# Sequences that move the cursor, colour, rename the window or ask the terminal.
_ESCAPE = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"  # commands with a text
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c|$)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
_KEPT = "\n\t\u200c\u200d"  # joiners belong to scripts and to emoji


def printable(text: str) -> str:
    r"""Return a text without what a terminal would obey.

    Parameters
    ----------
    text : str
        Any text; line breaks and tabs stay.

    Returns
    -------
    str
        Without escape sequences, control characters, marks that turn the direction of
        writing, and halves of surrogates.

    Examples
    --------
    >>> from sklearn_tagkd.utils.plain_text import printable
    >>> printable("\x1b[31mred\x1b[0m\x07 and \x1b]0;a title\x07plain")
    'red and plain'
    """
    if text.isascii() and text.isprintable():
        return text
    plain = _ESCAPE.sub("", text.replace("\r\n", "\n"))
    return "".join(
        sign
        for sign in plain
        if sign in _KEPT or unicodedata.category(sign) not in ("Cc", "Cf", "Cs")
    )


def literal(text: str) -> str:
    r"""Return a text as matplotlib shows it, letter by letter.

    Parameters
    ----------
    text : str
        A name.

    Returns
    -------
    str
        One line, a dollar sign written so that no formula begins, and never taken for
        a name that a legend leaves out.

    Examples
    --------
    >>> from sklearn_tagkd.utils.plain_text import literal
    >>> print(literal("US$ and C$"))
    US\$ and C\$
    """
    line = " ".join(printable(text).split())
    if line.startswith("_"):
        line = f" {line}"
    return line.replace("\\$", "$").replace("$", r"\$")


def valid_text(text: str) -> str:
    r"""Return a text without lone surrogates, which JSON can name and no file can hold.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        With question marks in their place.

    Examples
    --------
    >>> from sklearn_tagkd.utils.plain_text import valid_text
    >>> valid_text("half \ud83d of a smile")
    'half ? of a smile'
    """
    return text.encode("utf-8", "replace").decode("utf-8")
