"""scikit-learn's callbacks on our fits, where its version has them (1.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn 1.6 to 1.8: progress bars of our own are all

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in for scikit-learn's mixin where there is none."""


__all__ = ["CallbackSupportMixin", "FitTask"]


class FitTask:
    """A fit as callbacks see it: a task, made of one part after the other.

    Parameters
    ----------
    estimator : estimator
        What is being fitted.
    X, y : object
        What it is fitted on.
    n_parts : int
        Most parts that the fit is made of.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, n_parts: int) -> None:
        self._data = {"estimator": estimator, "X": X, "y": y}
        self._parts_to_come = n_parts
        self._part: Any = None
        start = getattr(estimator, "_init_callback_context", None)
        self._context: Any = start and start(max_subtasks=n_parts)
        if self._context is not None:
            self._context.call_on_fit_task_begin(**self._data)
            self._begin_part()

    def next_part(self, fitted: Callable[[], dict[str, Any]]) -> bool:
        """Tell callbacks that a part has ended, and that the next begins.

        Parameters
        ----------
        fitted : callable
            Returns the fitted attributes that predicting takes, as they are now;
            called if a callback wants to know.

        Returns
        -------
        bool
            Whether a callback asks to stop.
        """
        if self._part is None:
            return False
        stop = self._part.call_on_fit_task_end(
            **self._data, reconstruction_attributes=fitted
        )
        self._begin_part()
        return bool(stop)

    def end(self) -> None:
        """Tell callbacks that the fit has ended."""
        if self._context is None:
            return
        if self._part is not None:  # it stopped early: what begins has to end
            self._part.call_on_fit_task_end(estimator=self._data["estimator"])
        self._context.call_on_fit_task_end(**self._data)

    def _begin_part(self) -> None:
        self._part = None
        if self._parts_to_come:
            self._parts_to_come -= 1
            self._part = self._context.subcontext(task_name="steps")
            self._part.call_on_fit_task_begin(**self._data)
