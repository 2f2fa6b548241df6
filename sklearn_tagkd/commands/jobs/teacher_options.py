"""Options that say whom to ask, about what, and for how much."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sklearn_tagkd.commands.jobs.folder_options import at_least
from sklearn_tagkd.commands.outcome import UsageError
from sklearn_tagkd.commands.terminal import Terminal
from sklearn_tagkd.datasets.folder_tables import FolderTables

if TYPE_CHECKING:
    from sklearn_tagkd.rationale_transformer import LLMRationaleTransformer

__all__ = ["add_teacher_options", "labels_of", "make_step"]

_SELECTIONS = ("auto", "random", "pagerank", "featprop", "typical", "uncertainty")
_USUAL_NODES = 300
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class _NoKey(argparse.Action):
    """Refuses a key without repeating it: processes of others see arguments."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        parser.error(
            "a key is never given among the options, where every process of the "
            "machine sees it. Put it into the environment variable OPENAI_API_KEY, or "
            "into another one and name that: --api-key-env NAME"
        )


def add_teacher_options(parser: argparse.ArgumentParser) -> None:
    """Add everything that asking takes.

    Parameters
    ----------
    parser : ArgumentParser
        Of the command.
    """
    _add_model(parser.add_argument_group("whom to ask"))
    _add_limits(parser.add_argument_group("for how much"))
    _add_questions(parser.add_argument_group("about what"))


def labels_of(tables: FolderTables, supervision: str) -> Any:
    """Return the labels that count.

    Parameters
    ----------
    tables : FolderTables
        The folder.
    supervision : {'both', 'llm', 'y'}
        ``'llm'`` looks at none.

    Returns
    -------
    ndarray of str of shape (n_nodes,) or None
        ``''`` for a node without one; None where there is none.
    """
    if supervision == "llm" or not tables.class_names:
        return None
    return tables.labels


def make_step(
    options: argparse.Namespace, tables: FolderTables, terminal: Terminal, store: Any
) -> LLMRationaleTransformer:
    """Return the step that asks.

    Parameters
    ----------
    options : Namespace
        Of the command.
    tables : FolderTables
        The folder.
    terminal : Terminal
        Says whether a bar is welcome.
    store : Path or None
        Where answers are kept; None is the usual place.

    Returns
    -------
    LLMRationaleTransformer
        Not fitted.

    Raises
    ------
    UsageError
        If nobody says what classes there are, or options do not go together.
    """
    from sklearn_tagkd.llm import OpenAIClient
    from sklearn_tagkd.rationale_transformer import LLMRationaleTransformer

    if not _VARIABLE.fullmatch(options.api_key_env):
        raise UsageError(
            "--api-key-env takes the name of an environment variable, such as "
            "OPENAI_API_KEY, never the key itself."
        )
    classes = _read_classes(options)
    profiles = options.class_profiles
    names_classes = classes or labels_of(tables, options.supervision) is not None
    if not names_classes and profiles in (None, "ask"):
        raise UsageError(
            "Nobody says what classes there are: no node has a label. Name them, "
            "--classes NAME NAME ..., or describe them, --class-descriptions FILE."
        )
    client = OpenAIClient(
        options.model,
        base_url=options.base_url,
        api_key_env=options.api_key_env,
        mode=options.mode,
        price=None if options.price is None else tuple(options.price),
        probabilities=options.probabilities_from,
        max_requests=options.max_requests,
        max_tokens=options.max_tokens,
        max_answer_tokens=options.max_answer_tokens,
        max_prompt_tokens=options.max_prompt_tokens,
        max_concurrency=options.max_concurrency,
        request_timeout=options.request_timeout,
        deadline="auto" if options.deadline is None else options.deadline,
        store=options.store or store,
        progress=terminal.shows_progress,
    )
    if options.max_cost is not None and client.plan([]).cost is None:
        raise UsageError(
            f"--max-cost: nobody knows what {options.model!r} costs there. Say it, in "
            "dollars per million tokens: --price IN OUT; --price 0 0 for a server that "
            "costs nothing."
        )
    return LLMRationaleTransformer(
        client,
        classes,
        max_nodes=options.max_nodes,
        max_neighbors=options.max_neighbors,
        max_cost=options.max_cost,
        selection=options.selection,
        max_per_class=options.max_per_class,
        n_examples=options.n_examples,
        encoder=options.encoder,
        random_state=options.seed,
        class_profiles=profiles,
        show_style=options.show_style,
        stop=options.stop,
    )


def _add_model(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--model", type=_name, default="gpt-4o-mini", help="default: %(default)s"
    )
    group.add_argument(
        "--base-url",
        metavar="URL",
        help="a server that speaks OpenAI's protocol (default: OpenAI, or what "
        "OPENAI_BASE_URL says)",
    )
    group.add_argument(
        "--api-key-env",
        default="OPENAI_API_KEY",
        metavar="NAME",
        help="environment variable that holds the key (default: %(default)s)",
    )
    group.add_argument(
        "--api-key", action=_NoKey, help=argparse.SUPPRESS, metavar="KEY"
    )
    group.add_argument(
        "--mode",
        choices=("live", "batch"),
        default="live",
        help="batch is half the price, within a day (default: %(default)s)",
    )
    group.add_argument(
        "--probabilities-from",
        choices=("words", "logprobs", "agreement"),
        default="words",
        help="where probabilities come from (default: %(default)s)",
    )
    group.add_argument(
        "--store",
        type=Path,
        metavar="FILE",
        help="keeps every answer as it comes (default: one per server in the cache)",
    )


def _add_limits(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--max-cost", type=_number, metavar="DOLLARS", help="this run may spend at most"
    )
    group.add_argument(
        "--price",
        nargs=2,
        type=_number,
        metavar=("IN", "OUT"),
        help="dollars per million tokens, where nobody knows them",
    )
    for name, what in (
        ("--max-requests", "requests at most"),
        ("--max-tokens", "tokens at most"),
    ):
        group.add_argument(name, type=at_least(0), metavar="N", help=what)
    for name, usual, what in (
        ("--max-answer-tokens", 1000, "of one answer at most"),
        ("--max-prompt-tokens", 2000, "of one question at most; texts are cut to fit"),
        ("--max-concurrency", 16, "requests at a time at most"),
    ):
        group.add_argument(
            name,
            type=at_least(1),
            default=usual,
            metavar="N",
            help=f"{what} (default: %(default)s)",
        )
    group.add_argument(
        "--request-timeout",
        type=_number,
        default=60.0,
        metavar="SECONDS",
        help="for one request (default: %(default)s)",
    )
    group.add_argument(
        "--deadline",
        type=_number,
        metavar="SECONDS",
        help="for one node, retries included; in batch mode for all of them",
    )


def _add_questions(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--classes", nargs="+", metavar="NAME", help="what there is")
    group.add_argument(
        "--class-descriptions",
        type=Path,
        metavar="FILE",
        help='JSON: {"name": "what sets it off", ...}',
    )
    group.add_argument(
        "--class-profiles",
        metavar="ask|FILE",
        help="ask, one request a class, or read what a model knows of the classes",
    )
    group.add_argument(
        "--show-style",
        action="store_true",
        help="show three texts of the folder where class profiles are asked for",
    )
    group.add_argument(
        "--max-nodes",
        type=_count_or_all,
        default=_USUAL_NODES,
        metavar="N",
        help="nodes to ask about at most; 'all' for no limit (default: %(default)s)",
    )
    for name, least, usual, what in (
        ("--max-neighbors", 0, 5, "linked documents shown beside one (default: 5)"),
        (
            "--max-per-class",
            1,
            None,
            "per class at most, as far as it can be guessed",
        ),
        (
            "--n-examples",
            0,
            0,
            "labelled texts per class in a question (default: 0)",
        ),
    ):
        group.add_argument(
            name, type=at_least(least), default=usual, metavar="N", help=what
        )
    group.add_argument(
        "--selection",
        choices=_SELECTIONS,
        default="auto",
        help="whom to ask about (default: %(default)s)",
    )
    group.add_argument(
        "--stop",
        type=_points_or_auto,
        metavar="auto|POINTS",
        help="end where fifty more answers are not expected to bring so much",
    )
    group.add_argument(
        "--supervision",
        choices=("both", "llm"),
        default="both",
        help="llm does not look at the labels of the folder (default: %(default)s)",
    )
    group.add_argument(
        "--encoder",
        default="all-MiniLM-L6-v2",
        help="embeds texts where --selection needs it: a sentence-transformers name or "
        "folder, or 'hashing' (default: %(default)s)",
    )
    group.add_argument(
        "--seed", type=at_least(0), default=0, help="of what is drawn (default: 0)"
    )


def _count_or_all(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor 'all'")
    return int(text)


def _points_or_auto(text: str) -> str | float:
    return text if text == "auto" else _number(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 on")
    return number


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _read_classes(options: argparse.Namespace) -> Any:
    path: Path | None = options.class_descriptions
    if path is None:
        return options.classes
    if options.classes:
        raise UsageError("--class-descriptions names the classes: leave --classes out.")
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):  # whose words may quote the file
        found = None
    described = found.values() if isinstance(found, dict) else [None]
    if not all(isinstance(text, str) for text in described):
        raise UsageError(
            f"{path} is no JSON in UTF-8 of names and descriptions: "
            '{"name": "what sets it off", ...}.'
        )
    return found
