"""What the parameters of a step that asks may be."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from os import PathLike
from typing import Any

from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from sklearn_tagkd.asking.selection import STRATEGIES

__all__ = ["ASKING_CONSTRAINTS"]

_COUNT = Interval(Integral, 0, None, closed="left")
_AMOUNT = Interval(Real, 0, None, closed="left")

ASKING_CONSTRAINTS: dict[str, Any] = {
    "llm": [HasMethods(["ask"]), callable, list, tuple, str, None],
    "classes": ["array-like", Mapping, None],
    "max_nodes": [_COUNT, list, tuple, None],
    "max_neighbors": [_COUNT],
    "max_cost": [_AMOUNT, None],
    "selection": [StrOptions(set(STRATEGIES)), callable],
    "max_per_class": [Interval(Integral, 1, None, closed="left"), None],
    "n_examples": [_COUNT],
    "encoder": [str, HasMethods(["encode"])],
    "random_state": ["random_state"],
    "class_profiles": [str, PathLike, "array-like", None],
    "show_style": ["boolean"],
    "stop": [StrOptions({"auto"}), _AMOUNT, None],
    "ask_again": [_COUNT],
    "n_audit": [_COUNT, None],
}
