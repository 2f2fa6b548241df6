"""What a token costs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from sklearn_tagkd.llm.errors import UnknownPriceError

__all__ = ["PRICES_AS_OF", "Price", "find_price"]

PRICES_AS_OF = "2026-11"
_MOST = 1_000_000  # a dollar per token; who is charged more has mistaken the unit


@dataclass(frozen=True, slots=True)
class Price:
    """Price of a model, in US dollars per million tokens.

    Parameters
    ----------
    tokens_in : float
        Of the prompt.
    tokens_out : float
        Of the answer, thinking included.
    batch_factor : float, default=0.5
        What Batch mode multiplies them by.

    Examples
    --------
    >>> from sklearn_tagkd.llm import Price
    >>> Price(0.15, 0.60).of(1_000_000, 100_000)
    0.21
    """

    tokens_in: float
    tokens_out: float
    batch_factor: float = 0.5

    def __post_init__(self) -> None:
        for value in (self.tokens_in, self.tokens_out, self.batch_factor):
            if not 0 <= value <= _MOST:
                raise ValueError(
                    "A price is in dollars per million tokens, 0 or more and at most "
                    f"{_MOST:,}; got {value}."
                )

    def of(self, tokens_in: int, tokens_out: int, *, batch: bool = False) -> float:
        """Return what so many tokens cost.

        Parameters
        ----------
        tokens_in : int
            Tokens of prompts.
        tokens_out : int
            Tokens of answers.
        batch : bool, default=False
            Whether in Batch mode.

        Returns
        -------
        float
            US dollars.
        """
        return self.nanodollars(tokens_in, tokens_out, batch=batch) / 1e9

    def nanodollars(
        self, tokens_in: int, tokens_out: int, *, batch: bool = False
    ) -> int:
        """Return what so many tokens cost, in whole numbers that add up exactly.

        Parameters
        ----------
        tokens_in : int
            Tokens of prompts.
        tokens_out : int
            Tokens of answers.
        batch : bool, default=False
            Whether in Batch mode.

        Returns
        -------
        int
            Billionths of a US dollar, rounded up.
        """
        factor = 1000 * (self.batch_factor if batch else 1.0)
        exact = factor * (tokens_in * self.tokens_in + tokens_out * self.tokens_out)
        return math.ceil(round(exact, 3))


# OpenAI's list prices, for prompts of the length that we send. They change: `price=`
# is for who needs to be sure. From GPT-5.6 on it also charges for what it puts into
# its cache, so that the price of a request is not known in advance: those are left out.
_KNOWN = {
    "gpt-4o": Price(2.50, 10.00),
    "gpt-4o-mini": Price(0.15, 0.60),
    "gpt-4.1": Price(2.00, 8.00),
    "gpt-4.1-mini": Price(0.40, 1.60),
    "gpt-4.1-nano": Price(0.10, 0.40),
    "gpt-5": Price(1.25, 10.00),
    "gpt-5-mini": Price(0.25, 2.00),
    "gpt-5-nano": Price(0.05, 0.40),
    "gpt-5.1": Price(1.25, 10.00),
    "gpt-5.2": Price(1.75, 14.00),
    "gpt-5.4": Price(2.50, 15.00),
    "gpt-5.4-mini": Price(0.75, 4.50),
    "gpt-5.4-nano": Price(0.20, 1.25),
    "o3": Price(2.00, 8.00),
    "o4-mini": Price(1.10, 4.40),
}


def find_price(
    model: str, given: Price | tuple[float, float] | None, *, is_listed: bool
) -> Price | None:
    """Return the price of a model.

    Parameters
    ----------
    model : str
        Name; a date at its end, as in ``'gpt-4o-mini-2024-07-18'``, is overlooked.
    given : Price, (float, float) or None
        What the user says; it decides.
    is_listed : bool
        Whether OpenAI itself is asked, at the address and in the tier that its list
        is about: others sell the same names at other prices.

    Returns
    -------
    Price or None
        None where nobody knows.

    Raises
    ------
    UnknownPriceError
        If what is given is no price.
    """
    if isinstance(given, Price):
        return given
    if given is not None:
        try:
            return Price(*(float(value) for value in given))
        except (TypeError, ValueError):
            pass
        raise UnknownPriceError(
            "price= must be (dollars per million tokens in, per million tokens out), "
            "such as (0.15, 0.60), or a Price."
        )
    name = re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model)
    return _KNOWN.get(name) if is_listed else None
