"""Descriptions of classes, as long as prompts have room for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn_tagkd.llm.prompting.tokens import clip_tokens

__all__ = ["described_classes"]

_LENGTHS = (60, 45, 35, 25, 18, 12, 8)  # tokens of a description, where room is short


def described_classes(
    classes: Mapping[str, str], of_profiles: Mapping[str, str], client: Any
) -> dict[str, str]:
    """Return classes with descriptions, of profiles where the user gives none.

    Those of profiles are cut, all to one length, or left out, where they would leave a
    prompt too little room for the texts that it is about. The user's own stay whole.

    Parameters
    ----------
    classes : mapping of str to str
        Names with the user's descriptions, ``''`` for none.
    of_profiles : mapping of str to str
        Names with the descriptions of class profiles.
    client : object with ``ask``
        Who is asked; one with ``leaves_room`` says how much there is.

    Returns
    -------
    dict of str to str
        Of the same classes.
    """
    leaves_room = getattr(client, "leaves_room", None)
    whole = {name: own or of_profiles.get(name, "") for name, own in classes.items()}
    if leaves_room is None or leaves_room(whole):
        return whole
    for most in _LENGTHS:
        cut = {
            name: own or clip_tokens(of_profiles.get(name, ""), most)
            for name, own in classes.items()
        }
        if leaves_room(cut):
            return cut
    return dict(classes)
