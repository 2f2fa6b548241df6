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
    """Base of every error of this package, for one ``except`` that catches all.

    Examples
    --------
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.exceptions import TagkdError
    >>> try:
    ...     TextGraph(["a goal", "a vote"], [(0, 2)])
    ... except TagkdError as error:
    ...     print(type(error).__name__)
    GraphFormatError
    """

    def __str__(self) -> str:
        return printable(super().__str__())  # it may quote a file, a server, an id


class GraphFormatError(TagkdError, ValueError):
    """Texts, links or ids that do not make a graph; names the first offender.

    Examples
    --------
    >>> from sklearn_tagkd import TextGraph
    >>> TextGraph(["a goal", "a vote"], [("a", "c")], node_ids=["a", "b"])
    Traceback (most recent call last):
    ...
    sklearn_tagkd.exceptions.GraphFormatError: ...'c'...
    """


class AnswerFormatError(TagkdError, ValueError):
    """A file of recorded answers of which not one line can be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.rationales import read_answers
    >>> path = Path(tempfile.mkdtemp()) / "answers.jsonl"
    >>> _ = path.write_text("node,label")
    >>> read_answers(path)
    Traceback (most recent call last):
    ...
    sklearn_tagkd.exceptions.AnswerFormatError: ...
    """


class EncoderNotFoundError(TagkdError, OSError):
    """The weights of a text encoder cannot be had on this machine.

    Examples
    --------
    What else to do then:

    >>> from sklearn_tagkd.encoding import embed_texts
    >>> from sklearn_tagkd.exceptions import EncoderNotFoundError
    >>> def embed(texts, encoder):
    ...     try:
    ...         return embed_texts(texts, encoder)
    ...     except EncoderNotFoundError:  # says how to get the weights
    ...         return embed_texts(texts, "hashing")
    >>> embed(["a late goal"], "hashing").shape
    (1, 1024)
    """


class MissingExtraError(TagkdError, ImportError):
    """A library that this needs is not installed; names the extra that has it.

    It is an ImportError, as whoever tries an import expects.

    Examples
    --------
    >>> from sklearn_tagkd.exceptions import MissingExtraError
    >>> issubclass(MissingExtraError, ImportError)
    True
    """


class ModelFileError(TagkdError, ValueError):
    """A file that holds no model that can be read here, or a model no file can hold.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import sklearn_tagkd
    >>> path = Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> _ = path.write_bytes(b"no model")
    >>> sklearn_tagkd.load(path)
    Traceback (most recent call last):
    ...
    sklearn_tagkd.exceptions.ModelFileError: ...
    """


class ReviewFormatError(TagkdError, ValueError):
    """A reviewed file that is none, or says what cannot be of this graph.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd import TextGraph
    >>> from sklearn_tagkd.exceptions import ReviewFormatError
    >>> from sklearn_tagkd.inspection import import_review
    >>> path = Path(tempfile.mkdtemp()) / "review.csv"
    >>> _ = path.write_text("no review")
    >>> try:
    ...     import_review(path, TextGraph(["a goal"], []))
    ... except ReviewFormatError:
    ...     print("refused")
    refused
    """


class ExchangeabilityWarning(UserWarning):
    """Label sets were asked for of nodes that may not be like those calibrated by.

    Examples
    --------
    >>> import warnings
    >>> from sklearn_tagkd.exceptions import ExchangeabilityWarning
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", ExchangeabilityWarning)
    ...     pass  # predict_set(model, new_graph, calibration=(graph, y))
    """


class RationaleWarning(UserWarning):
    """Answers of a language model were dropped or cut by the checks.

    Examples
    --------
    In a program that shall not go on with half of the answers:

    >>> import warnings
    >>> from sklearn_tagkd.exceptions import RationaleWarning
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", RationaleWarning)
    ...     pass  # model.fit(graph)
    """

    def __str__(self) -> str:
        return printable(super().__str__())
