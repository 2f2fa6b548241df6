"""Where a command speaks: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from sklearn_tagkd.commands.outcome import ERROR, STATUS_NAMES, Outcome
from sklearn_tagkd.utils.plain_text import printable

__all__ = ["Terminal"]

_BETWEEN = 5.0  # seconds between two lines of progress where nobody watches


class Terminal:
    """Speaks for one run of a command. Texts of nodes never get here.

    Parameters
    ----------
    command : str
        Its name.
    quiet : bool, default=False
        Whether to leave out notes and progress; warnings and errors stay.
    as_json : bool, default=False
        Whether the result is one JSON object.
    """

    def __init__(
        self, command: str, quiet: bool = False, as_json: bool = False
    ) -> None:
        self._command, self._quiet, self._as_json = command, quiet, as_json
        self._warnings: list[str] = []
        self._told_at = -_BETWEEN

    @property
    def shows_progress(self) -> bool:
        """Whether bars are welcome."""
        return not self._quiet

    def note(self, text: str) -> None:
        """Tell what goes on.

        Parameters
        ----------
        text : str
            A line.
        """
        if not self._quiet:
            self._to_stderr(text)

    def progress(self, n_done: int, n_all: int, unit: str) -> None:
        """Tell how far the work is, not too often.

        Parameters
        ----------
        n_done, n_all : int
            So many of so many.
        unit : str
            Of what.
        """
        now = time.monotonic()
        if now - self._told_at >= _BETWEEN or n_done == n_all:
            self._told_at = now
            self.note(f"{n_done:,} of {n_all:,} {unit}")

    @contextmanager
    def hearing_warnings(self) -> Iterator[None]:
        """Tell warnings in a line each, once, without the code they come from."""

        def tell(message: Warning | str, *_: Any, **__: Any) -> None:
            text = printable(str(message))
            if text not in self._warnings:
                self._warnings.append(text)
                self._to_stderr(f"warning: {text}")

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = tell
            yield

    def finish(self, outcome: Outcome) -> int:
        """Print what a command brought.

        Parameters
        ----------
        outcome : Outcome
            All of it.

        Returns
        -------
        int
            Exit status.
        """
        try:
            if self._as_json:
                self._print_json(outcome.status, outcome.facts)
            else:
                for line in outcome.lines:
                    _print(printable(line))
        except BrokenPipeError:
            pass  # who listened has gone, and all is done
        except OSError as error:
            self._to_stderr(f"The result cannot be printed: {error}.")
            return ERROR
        return outcome.status

    def fail(self, message: str, status: int = ERROR) -> int:
        """Tell what went wrong.

        Parameters
        ----------
        message : str
            What is wrong, and what to do.
        status : int, default=1
            Exit status.

        Returns
        -------
        int
            The same.
        """
        self._to_stderr(message)
        if self._as_json:
            with suppress(OSError):  # it was told above
                self._print_json(status, {"error": printable(message)})
        return status

    def _print_json(self, status: int, facts: Any) -> None:
        from sklearn_tagkd import __version__

        whole = {
            "command": self._command,
            "status": STATUS_NAMES[status],
            "exit_code": status,
            "version": __version__,
            "warnings": self._warnings,
            "error": None,
            **facts,
        }
        _print(json.dumps(whole, allow_nan=False))

    def _to_stderr(self, text: str) -> None:
        if sys.stderr is None:  # print would take stdout
            return
        try:
            print(printable(f"sklearn-tagkd: {text}"), file=sys.stderr, flush=True)
        except OSError:  # a note that nobody can read costs no work
            _give_up(sys.stderr)


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except OSError:
        _give_up(sys.stdout)
        raise


def _give_up(stream: TextIO) -> None:
    """Let a stream lead nowhere: what is left unwritten would fail again at the end."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
