"""What a user should know of the answers of a run, beside those that are missing."""

from __future__ import annotations

from math import sqrt

from sklearn_tagkd.llm.budget.usage import Usage

__all__ = ["remarks"]

_MOST_OFF_SCHEMA = 0.2  # of the answers; the user is told of more than chance makes it
_DEVIATIONS = 2.0  # standard errors that chance may add: rounds are small


def remarks(usage: Usage) -> list[str]:
    """Say what is odd about the answers of a run.

    Parameters
    ----------
    usage : Usage
        What was counted.

    Returns
    -------
    list of str
        One warning each.

    Examples
    --------
    >>> from sklearn_tagkd.llm import Usage
    >>> from sklearn_tagkd.llm.reading.remarks import remarks
    >>> remarks(Usage(requests=11, off_schema=3))
    []
    >>> len(remarks(Usage(requests=8, off_schema=8)))
    1
    """
    n_read = usage.requests - usage.retries
    told = []
    by_chance = sqrt(_MOST_OFF_SCHEMA * (1 - _MOST_OFF_SCHEMA) * max(n_read, 0))
    if usage.off_schema > max(2, _MOST_OFF_SCHEMA * n_read + _DEVIATIONS * by_chance):
        told.append(
            f"{usage.off_schema} of {n_read} answers did not come as the bare JSON "
            "object of the schema: the server seems to ignore it. They were read as "
            "far as possible, and checked as all others."
        )
    if usage.labels_alone:
        told.append(
            f"{usage.labels_alone} of {n_read} answers name a label and no "
            "probabilities: nobody knows how sure they are, and they are not believed. "
            'An answer that is looks like {"label": "a", "probabilities": [{"class": '
            '"a", "probability": 0.9}, {"class": "b", "probability": 0.1}]}; 1.0 says '
            "that the label is certain. From a model that gives labels alone, "
            "OpenAIClient(probabilities='agreement') takes the share of several."
        )
    if usage.contradictions:
        told.append(
            f"{usage.contradictions} of {n_read} answers name another label than their "
            "own probabilities do. With probabilities='words' the probabilities are "
            "believed, otherwise the label."
        )
    if usage.no_logprobs:
        told.append(
            f"{usage.no_logprobs} of {n_read} answers came without log-probabilities "
            "of use. Where they say probabilities themselves, these are believed "
            "(source 'words'); otherwise the node has none. For a server that sends "
            "none pass probabilities='agreement' or 'words'."
        )
    return told
