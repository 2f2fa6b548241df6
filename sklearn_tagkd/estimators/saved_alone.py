"""A step whose pickle does not need the function that it asked."""

from __future__ import annotations

from typing import Any

from sklearn_tagkd.utils.functions import find_function, is_plain_function, name_of

__all__ = ["SavedWithoutFunction"]

_FUNCTION = "_llm_function"  # in a pickle: module and name of a plain function


class SavedWithoutFunction:
    """Leaves a plain function out of the pickle of a fitted step.

    Once fitted, nobody is asked any more, and a function may not pickle, or not be
    where the model is loaded; there ``llm`` is None, unless the function is found
    where it was defined. Before, a worker of a search needs it.
    """

    llm: Any

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        function = getattr(self.llm, "function", self.llm)  # a client may wrap it
        if hasattr(self, "fitted_on_graph_") and is_plain_function(function):
            state = {**state, "llm": None, _FUNCTION: name_of(self.llm)}
        return dict(state)

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        name = state.pop(_FUNCTION, None)
        if name is not None:
            state["llm"] = find_function(name)
        super().__setstate__(state)  # type: ignore[misc]
