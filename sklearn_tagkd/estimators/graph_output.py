"""Transformers whose output is a graph, whatever container is asked for."""

from __future__ import annotations

from typing import Any

from sklearn.base import TransformerMixin

__all__ = ["GraphOutputMixin"]


class GraphOutputMixin(TransformerMixin):
    """Keeps the output what it is where scikit-learn would make a table of it.

    Not by leaving ``set_output`` out, as scikit-learn would have it: then a pipeline
    with another step that does make tables could not be told to.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)

    def set_output(self, *, transform: str | None = None) -> Any:
        """Take what a pipeline asks of all of its steps; the output stays as it is.

        Parameters
        ----------
        transform : {'default', 'pandas', 'polars'} or None, default=None
            What tables should be. There is none in a graph.

        Returns
        -------
        object
            The transformer itself.

        Raises
        ------
        ValueError
            If ``transform`` is none of them.
        """
        known = (None, "default", "pandas", "polars")
        if transform not in known:
            raise ValueError(f"transform must be one of {known}; got {transform!r}.")
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
