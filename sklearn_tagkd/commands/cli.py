"""The command ``sklearn-tagkd``.

A command is a file with ``add_to(commands)``, which adds its parser and says with
``set_defaults(run=...)`` what it does; it is one more name in ``_COMMANDS``. What takes
time to import is imported when it runs.
"""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import nullcontext
from typing import NoReturn

from sklearn_tagkd import __version__
from sklearn_tagkd.commands.benchmark import options as benchmark
from sklearn_tagkd.commands.jobs import (
    annotate,
    explain,
    plan,
    predict,
    report,
    train,
)
from sklearn_tagkd.commands.outcome import (
    INTERRUPTED,
    USAGE,
    Outcome,
    UsageError,
)
from sklearn_tagkd.commands.showcase import command as showcase
from sklearn_tagkd.commands.signals import ending_in_order
from sklearn_tagkd.commands.terminal import Terminal
from sklearn_tagkd.exceptions import TagkdError
from sklearn_tagkd.utils.extras import asking_for

__all__ = ["main"]

_COMMANDS = (
    showcase,
    benchmark,
    report,
    plan,
    annotate,
    train,
    predict,
    explain,
)
_SECRET = re.compile(r"\b(sk|pk|key|gsk|hf|xai)[-_][\w-]{6,}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, default=None
        Arguments; None takes those of the process.

    Returns
    -------
    int
        Exit status: 0 done, 1 an error, 2 wrong options, 3 a limit was reached and
        what there is was saved, 130 interrupted.
    """
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser("--json" in given).parse_args(given)
    terminal = Terminal(
        options.command,
        getattr(options, "quiet", False),
        getattr(options, "json", False),
    )
    is_of_the_way = hasattr(options, "json")  # others show warnings as Python does
    hearing = terminal.hearing_warnings() if is_of_the_way else nullcontext()
    try:
        with asking_for("train", "This command"), hearing, ending_in_order():
            outcome: Outcome | None = options.run(options, terminal)
    except UsageError as error:
        return terminal.fail(str(error), USAGE)
    except KeyboardInterrupt as error:
        told = str(error) or "Interrupted. The same command goes on where it can."
        return terminal.fail(told, INTERRUPTED)
    except MemoryError:
        return terminal.fail("There is not enough memory for that.")
    except (TagkdError, OSError, ImportError, ValueError) as error:
        return terminal.fail(str(error))
    return terminal.finish(outcome or Outcome({}))


class _Parser(argparse.ArgumentParser):
    """Tells mistakes without quoting a key that was given among the options."""

    as_json = False

    def error(self, message: str) -> NoReturn:
        message = _SECRET.sub("...", message)
        if message.endswith("required: FOLDER"):
            message += (
                ". Name it before options that take several values, such as --classes, "
                "which take it for one more"
            )
        if self.as_json:
            Terminal(self.prog.split()[-1], as_json=True).fail(message, USAGE)
            raise SystemExit(USAGE)
        super().error(message)


def _parser(as_json: bool) -> argparse.ArgumentParser:
    class Parser(_Parser):
        pass

    Parser.as_json = as_json
    parser = Parser(
        prog="sklearn-tagkd",
        description="Let an LLM explain a few nodes of a text graph; predict all "
        "without it.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {__version__}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for module in _COMMANDS:
        module.add_to(commands)
    return parser
