"""What the parameters that several estimators share may be."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from sklearn_tagkd.nn.config import BACKBONES

__all__ = ["ARCHITECTURE_CONSTRAINTS", "TRAINING_CONSTRAINTS", "positive"]


def positive(kind: type, closed: str = "neither") -> Interval:
    """Return the constraint of a positive number.

    Parameters
    ----------
    kind : type
        ``Integral`` or ``Real``.
    closed : {'neither', 'left'}, default='neither'
        ``'left'`` allows 0 too.

    Returns
    -------
    Interval
        For ``_parameter_constraints``.
    """
    return Interval(kind, 0, None, closed=closed)


ARCHITECTURE_CONSTRAINTS: dict[str, Any] = {
    "backbone": [StrOptions(set(BACKBONES))],
    "n_layers": [Interval(Integral, 1, None, closed="left")],
    "n_hops": [Interval(Integral, 1, None, closed="left")],
    "teleport": [Interval(Real, 0, 1, closed="left")],
    "push_tolerance": [Interval(Real, 0, 1, closed="both")],
}

TRAINING_CONSTRAINTS: dict[str, Any] = {
    "hidden_dim": [Interval(Integral, 1, None, closed="left")],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "encoder": [str, HasMethods(["encode"])],
    "lexical_dim": [Interval(Integral, 0, None, closed="left")],
    "supervision": [StrOptions({"both", "llm", "y"})],
    "hard_label_weight": [positive(Real, "left")],
    "soft_label_weight": [positive(Real, "left")],
    "true_label_weight": [positive(Real, "left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "learning_rate": [positive(Real)],
    "weight_decay": [positive(Real, "left")],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    "device": [str],
    "random_state": ["random_state"],
    "progress": ["boolean", StrOptions({"auto"})],
}
