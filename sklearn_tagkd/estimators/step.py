"""What every step of ours is, beside what it does."""

from __future__ import annotations

import copy
import inspect
import warnings
from typing import Any, Self

from packaging.version import Version

from sklearn_tagkd import __version__
from sklearn_tagkd.estimators.doc_links import DocumentationLink
from sklearn_tagkd.estimators.fit_tasks import CallbackSupportMixin

__all__ = ["StepMixin"]

_VERSION = "_sklearn_tagkd_version"
_SHARED = ("llm", "encoder", "selection")


class StepMixin(CallbackSupportMixin, DocumentationLink):
    """What callbacks can watch, what links to its page, and what pickles say of it.

    A pickle says which version of this package made it. One of an older version is
    given the defaults of parameters that did not exist then. A clone shares who
    answers, what embeds and what chooses: a copy would be asked, and paid, for the same
    once more.
    """

    def __sklearn_clone__(self) -> Self:
        alone = copy.copy(self)
        shared = {
            name: value
            for name in _SHARED
            if (value := getattr(self, name, None)) is not None
            and not hasattr(value, "get_params")  # whose parameters a search may set
        }
        for name in shared:
            setattr(alone, name, None)
        cloned: Self = super(StepMixin, alone).__sklearn_clone__()  # type: ignore[misc]
        for name, value in shared.items():
            setattr(cloned, name, value)
        return cloned

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), _VERSION: __version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        made_by = state.pop(_VERSION, "0.1.0")  # which did not say so
        if Version(made_by) > Version(__version__):
            warnings.warn(
                f"This {type(self).__name__} was pickled by sklearn_tagkd {made_by}, "
                f"and {__version__} is installed, which may not know all of it. "
                f"Install sklearn_tagkd {made_by} or later, or fit it anew.",
                UserWarning,
                stacklevel=2,
            )
        if made_by != __version__:
            state = {**_defaults(type(self)), **state}
        super().__setstate__(state)


def _defaults(kind: type) -> dict[str, Any]:
    parameters = inspect.signature(kind).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}
