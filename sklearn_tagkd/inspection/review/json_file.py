"""JSON of strangers: parsed, and nothing in it believed."""

from __future__ import annotations

import json
from typing import Any

from sklearn_tagkd.exceptions import ReviewFormatError

__all__ = ["dump", "parse", "read_node"]


def dump(thing: Any) -> str:
    """Return what a file holds.

    Parameters
    ----------
    thing : object
        Lists, dictionaries, strings and finite numbers.

    Returns
    -------
    str
        JSON, indented.
    """
    return json.dumps(thing, ensure_ascii=False, indent=1, allow_nan=False)


def parse(text: str) -> list[dict[str, Any]]:
    """Return the objects of a file.

    Parameters
    ----------
    text : str
        The whole file.

    Returns
    -------
    list of dict
        One per node.

    Raises
    ------
    ReviewFormatError
        If it is no list of objects.
    """
    try:
        found = json.loads(text)
    except RecursionError:
        raise ReviewFormatError("The file is JSON that is nested too deeply.") from None
    except json.JSONDecodeError as error:  # its text would quote the file
        raise ReviewFormatError(
            f"The file is not JSON ({error.msg}, line {error.lineno}). Export it anew."
        ) from None
    except ValueError:
        raise ReviewFormatError("The file holds a number of too many digits.") from None
    if not isinstance(found, list) or not all(isinstance(e, dict) for e in found):
        raise ReviewFormatError("The file is no list of objects, one per node.")
    return found


def read_node(value: Any, place: str) -> str:
    """Return a node's id as a file has it.

    Parameters
    ----------
    value : object
        A string or a whole number.
    place : str
        Where it stands, for an error.

    Returns
    -------
    str
        Written out.

    Raises
    ------
    ReviewFormatError
        If it is neither.
    """
    if isinstance(value, str) or type(value) is int:
        return str(value)
    raise ReviewFormatError(
        f"{place} names no node: its 'node' or 'id' is no string. Keep what "
        "export_review wrote there."
    )
