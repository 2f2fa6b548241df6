"""Errors and warnings that sklearn_tagkd raises on its own account."""

from sklearn_tagkd.utils.plain_text import printable

__all__ = [
    "AnswerFormatError",
    "EncoderNotFoundError",
    "ExchangeabilityWarning",
    "GraphFormatError",
    "MissingExtraError",
    "ModelFileError",
    "RationaleWarning",
    "ReviewFormatError",
    "TagkdError",
]


class TagkdError(Exception):
    """Base of every error of this package, for one ``except`` that catches all."""

    def __str__(self) -> str:
        return printable(super().__str__())  # it may quote a file, a server, an id


class GraphFormatError(TagkdError, ValueError):
    """Texts, links or ids that do not make a graph; names the first offender."""


class AnswerFormatError(TagkdError, ValueError):
    """A file of recorded answers of which not one line can be read."""


class EncoderNotFoundError(TagkdError, OSError):
    """The weights of a text encoder cannot be had on this machine."""


class MissingExtraError(TagkdError, ImportError):
    """A library that this needs is not installed; names the extra that has it."""


class ModelFileError(TagkdError, ValueError):
    """A file that holds no model that can be read here, or a model no file can hold."""


class ReviewFormatError(TagkdError, ValueError):
    """A reviewed file that is none, or says what cannot be of this graph."""


class ExchangeabilityWarning(UserWarning):
    """Label sets were asked for of nodes that may not be like those calibrated by."""


class RationaleWarning(UserWarning):
    """Answers of a language model were dropped or cut by the checks."""

    def __str__(self) -> str:
        return printable(super().__str__())
