"""Where modules of older versions are now, so that pickles of theirs load."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["MovedModules"]

_PACKAGE = "sklearn_tagkd"
# What a pickle of version 0.1.0 may name, and its place today.
_MOVED = {
    "encoding.encoders": "features.encoding.encoders",
    "encoding.lexical": "features.encoding.lexical",
    "graph_embedding": "features.input_space",
    "link_scoring": "features.link_scoring",
    "selection.featprop": "asking.selection.featprop",
    "selection.typical": "asking.selection.typical",
    "selection.uncertainty": "asking.selection.uncertainty",
    "teaching": "learning.teaching",
}


class MovedModules(MetaPathFinder, Loader):
    """Finds a module under the name that it had in an older version.

    Examples
    --------
    >>> from sklearn_tagkd.utils.moved_modules import MovedModules
    >>> MovedModules().find_spec("sklearn_tagkd.link_scoring") is not None
    True
    >>> MovedModules().find_spec("sklearn_tagkd.graph") is None
    True
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Answer for moved modules alone.

        Parameters
        ----------
        fullname : str
            Dotted name that is imported.
        path, target : object
            Not looked at.

        Returns
        -------
        ModuleSpec or None
            None for every other module.
        """
        package, _, name = fullname.partition(".")
        is_moved = package == _PACKAGE and name in _MOVED
        return ModuleSpec(fullname, self) if is_moved else None

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of today in the place of the one that is asked for.

        Parameters
        ----------
        module : ModuleType
            An empty one, which goes.
        """
        name = module.__name__.partition(".")[2]
        sys.modules[module.__name__] = importlib.import_module(
            f"{_PACKAGE}.{_MOVED[name]}"
        )
