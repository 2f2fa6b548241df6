"""What can go wrong while a language model is asked.

No message holds a key, a prompt or a text of a node.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sklearn_tagkd.exceptions import TagkdError

__all__ = [
    "AnswerStoreError",
    "AskingInterrupted",
    "LLMError",
    "PromptTemplateError",
    "RescuedAnswers",
    "UnknownPriceError",
    "bare",
]


class LLMError(TagkdError, RuntimeError):
    """The model cannot be asked at all; says why, and what to do.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd import LLMRationaleTransformer, TextGraph
    >>> from sklearn_tagkd.llm import LLMError, OpenAIClient
    >>> llm = OpenAIClient("gpt-4o-mini", api_key_env="A_VARIABLE_THAT_IS_NOT_SET",
    ...                    store=Path(tempfile.mkdtemp()) / "answers.sqlite")
    >>> step = LLMRationaleTransformer(llm, classes=["sport", "politics"])
    >>> try:
    ...     step.fit(TextGraph(["a late goal"], []))
    ... except LLMError as error:
    ...     print(str(error)[:59])
    The environment variable A_VARIABLE_THAT_IS_NOT_SET is not
    """


class RescuedAnswers(tuple[str, ...]):
    """Paid answers that no file took: lines that a new file can take. Not shown.

    Parameters
    ----------
    iterable : iterable of str, default=()
        Lines of :meth:`AnswerStore.export_answers`.
    """

    def __repr__(self) -> str:
        return f"<{len(self)} answers>"

    def write(self, path: str | Path) -> None:
        """Write them to a file that ``AnswerStore(...).import_answers`` reads.

        Parameters
        ----------
        path : str or Path
            File to write; an existing one is replaced.
        """
        Path(path).write_text("".join(self), encoding="utf-8")


class AnswerStoreError(LLMError):
    """The file of answers cannot be used; nothing in it was changed.

    Parameters
    ----------
    problem : str
        What is wrong, and what to do.
    files : sequence of Path, default=()
        Where answers went that had come meanwhile.
    rescued : sequence of str, default=()
        Answers that no file took, one line each.

    Attributes
    ----------
    problem, files : object
        As above.
    rescued : RescuedAnswers
        ``error.rescued.write(path)`` saves them.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_tagkd.llm import AnswerStore, AnswerStoreError
    >>> path = Path(tempfile.mkdtemp()) / "answers.sqlite"
    >>> _ = path.write_text("no database")
    >>> try:
    ...     AnswerStore(path).get("a key")
    ... except AnswerStoreError as error:
    ...     print(error.rescued)
    <0 answers>
    """

    def __init__(
        self,
        problem: str,
        files: Sequence[Path] = (),
        rescued: Sequence[str] = (),
    ) -> None:
        self.problem = problem
        self.files = tuple(dict.fromkeys(files))
        self.rescued = RescuedAnswers(rescued)
        parts = [problem]
        if self.files:
            names = " and ".join(map(str, self.files))
            parts.append(
                f"Answers that came meanwhile are in {names}: take them over with "
                "AnswerStore(...).import_answers."
            )
        if self.rescued:
            parts.append(
                f"{len(self.rescued)} answers that came meanwhile could be written "
                "nowhere and are in this error: save them with "
                "error.rescued.write(path), and take them over with "
                "AnswerStore(...).import_answers(path)."
            )
        super().__init__(" ".join(parts))

    @classmethod
    def joined(cls, errors: Sequence[AnswerStoreError]) -> AnswerStoreError:
        """Return one error that has what several have rescued.

        Parameters
        ----------
        errors : sequence of AnswerStoreError
            At least one.

        Returns
        -------
        AnswerStoreError
            With the problem of the first.
        """
        files = [path for error in errors for path in error.files]
        rescued = [line for error in errors for line in error.rescued]
        return cls(errors[0].problem, files, rescued)


class UnknownPriceError(LLMError, ValueError):
    """Money is to be counted, and nobody knows the price of the model.

    Examples
    --------
    >>> from sklearn_tagkd.llm import OpenAIClient
    >>> OpenAIClient("my-own-model", max_cost=1.00)
    Traceback (most recent call last):
    ...
    sklearn_tagkd.llm.errors.UnknownPriceError: max_cost is set, and the price of ...
    """


class PromptTemplateError(LLMError, ValueError):
    """A template lacks a placeholder, or has one that nobody fills.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn_tagkd.llm import PromptTemplateError, PromptTemplates
    >>> try:
    ...     PromptTemplates(tempfile.mkdtemp())  # an empty folder
    ... except PromptTemplateError as error:
    ...     print("a file is missing")
    a file is missing
    """


class AskingInterrupted(KeyboardInterrupt):
    """Asking was interrupted; says how many answers are kept, and where.

    It is a KeyboardInterrupt: what ends a program on Ctrl-C goes on doing so.

    Examples
    --------
    >>> from sklearn_tagkd.llm import AskingInterrupted
    >>> issubclass(AskingInterrupted, KeyboardInterrupt)
    True
    """


def bare(error: BaseException) -> BaseException:
    """Return an error without what it has passed through on its way.

    Frames of ours hold prompts, and keep them for as long as the error is kept.

    Parameters
    ----------
    error : BaseException
        Any.

    Returns
    -------
    BaseException
        The same one. One that is no error of ours has a note that says where it began.
    """
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    if place and not isinstance(error, TagkdError):
        error.add_note(f"It began at {place}.")
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
