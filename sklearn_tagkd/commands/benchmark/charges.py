"""What answers would cost, were they asked for today."""

from __future__ import annotations

from dataclasses import dataclass

from sklearn_tagkd.llm.budget.prices import Price, find_price

__all__ = ["CHEAP_MODEL", "STRONG_MODEL", "Charge", "list_price"]

# Whose list price stands for a teacher that one does not know the price of.
STRONG_MODEL, CHEAP_MODEL = "gpt-4o", "gpt-4o-mini"


@dataclass(frozen=True)
class Charge:
    """Requests, and what they take.

    Parameters
    ----------
    requests : int, default=0
        Questions about nodes and classes.
    tokens : int, default=0
        Estimated tokens of prompts and answers.
    dollars : float, default=0.0
        What these tokens cost, one request at a time.
    """

    requests: int = 0
    tokens: int = 0
    dollars: float = 0.0

    def __add__(self, other: Charge) -> Charge:
        return Charge(
            self.requests + other.requests,
            self.tokens + other.tokens,
            self.dollars + other.dollars,
        )


def list_price(model: str) -> Price:
    """Return the list price of a model.

    Parameters
    ----------
    model : str
        One that is on the list.

    Returns
    -------
    Price
        In US dollars per million tokens.
    """
    price = find_price(model, None, is_listed=True)
    assert price is not None
    return price
