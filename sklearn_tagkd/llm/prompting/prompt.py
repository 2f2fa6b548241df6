"""From a question to the messages that a model reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from string import Template

from sklearn_tagkd.llm.client import Question
from sklearn_tagkd.llm.errors import PromptTemplateError
from sklearn_tagkd.llm.prompting.fences import Fences
from sklearn_tagkd.llm.prompting.tokens import clip_tokens, estimate_tokens

__all__ = ["Message", "PromptTemplates", "as_templates"]

Message = dict[str, str]

# Per file: what it must hold, and what it may hold.
_PLACEHOLDERS: dict[str, tuple[set[str], set[str]]] = {
    "system.txt": ({"classes"}, {"classes", "probabilities"}),
    "user.txt": ({"text", "neighbors"}, {"text", "neighbors", "examples"}),
    "repair.txt": ({"problem"}, {"problem"}),
}
_NONE = "(none)"
_PROBABILITIES = (
    '- "probabilities": for every class that is possible, {"class": its name, '
    '"probability": how likely it is}. The probabilities sum to 1.\n'
)
_LEAST_TEXT = 50  # tokens that must be left for a node's text and its neighbours'
_USUAL_EXAMPLE, _LEAST_EXAMPLE = 150, 15  # tokens of an example's text
_MARK, _NUMBER = 3, 3  # tokens of the mark after what was cut, of a neighbour's number


class PromptTemplates:
    """The texts around a question: files that can be replaced one by one.

    ``system.txt`` holds ``$classes``, and ``$probabilities`` where they are to be
    asked for: a line of its own, left out where a label is enough. ``user.txt`` holds
    ``$text`` and ``$neighbors``, and ``$examples`` where examples are to be shown.
    ``repair.txt``, sent after an answer that cannot be used, holds ``$problem``.
    A dollar sign that is meant as such is written ``$$``. What looks in a text like a
    tag of ``user.txt``, like another piece of its lines of three signs or more, or like
    the end of a turn, is written with a full-width sign (U+FF1C for ``<``), so that no
    text ends its place.

    Parameters
    ----------
    folder : str or Path, default=None
        Folder with any of the three files; those that it lacks are the package's
        own. None takes all of them from the package.

    Raises
    ------
    PromptTemplateError
        If a file lacks a placeholder or has one that nobody fills, or if the
        folder holds none of the files.

    Examples
    --------
    >>> from sklearn_tagkd.llm import PromptTemplates, Question
    >>> question = Question(
    ...     "a", "a late goal", ("b",), ("the cup final",), {"sport": "games"}
    ... )
    >>> system, user = PromptTemplates().messages(question)
    >>> print(user["content"])
    <document>
    a late goal
    </document>
    <BLANKLINE>
    <linked_documents>
    [1] the cup final
    </linked_documents>
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        own = None if folder is None else Path(folder)
        if own is not None and not any(
            (own / name).is_file() for name in _PLACEHOLDERS
        ):
            raise PromptTemplateError(
                f"There is no template in {own}. It must hold at least one of "
                f"{', '.join(_PLACEHOLDERS)}; copy them from "
                f"{files('sklearn_tagkd.llm.prompting') / 'templates'}."
            )
        texts = {name: _read(own, name) for name in _PLACEHOLDERS}
        self._system = _checked("system.txt", texts)
        self._user = _checked("user.txt", texts)
        self._repair = _checked("repair.txt", texts)
        self._fences = Fences([texts["user.txt"]])

    def __repr__(self) -> str:
        return "PromptTemplates()"

    def messages(
        self,
        question: Question,
        max_tokens: int = 2000,
        *,
        with_probabilities: bool = True,
    ) -> list[Message]:
        """Write the messages of a question.

        Parameters
        ----------
        question : Question
            What is asked. Its neighbours get the numbers 1, 2, 3, ... in the order
            in which they stand; ids are not looked at.
        max_tokens : int, default=2000
            About how many tokens the messages may have together, as
            :func:`~sklearn_tagkd.llm.prompting.tokens.estimate_tokens` counts. Class
            descriptions are never cut; of what is left the examples get at most
            half, and of the rest the node's text at least half, and the neighbours
            equal shares of what remains.
        with_probabilities : bool, default=True
            Whether the model is to say them.

        Returns
        -------
        list of dict
            Messages of the roles ``'system'`` and ``'user'``.

        Raises
        ------
        ValueError
            If so few tokens leave no room.
        PromptTemplateError
            If there are examples, and the template has no place for them.
        """
        if question.examples and "examples" not in self._user.get_identifiers():
            raise PromptTemplateError(
                "There are examples to show, and user.txt lacks the placeholder "
                "$examples. Add it, or leave n_examples=0 and ask_again=0."
            )
        question = self._fenced(question)
        system = self._instructions(question.classes, with_probabilities)
        taken = self._tokens_around(system)
        if max_tokens - taken < _LEAST_TEXT:
            raise ValueError(
                f"max_prompt_tokens={max_tokens} leaves no room for a text: the "
                f"instructions and the {len(question.classes)} classes take {taken}. "
                "Allow more, or shorten the descriptions of the classes."
            )
        examples = _example_list(question.examples, (max_tokens - taken) // 2)
        free = max_tokens - taken - estimate_tokens(examples)
        text, neighbors = _share(question, free)
        numbered = [f"[{i}] {shown}" for i, shown in enumerate(neighbors, start=1)]
        user = self._user.substitute(
            text=text, neighbors="\n".join(numbered) or _NONE, examples=examples
        )
        return [
            {"role": "system", "content": _sendable(system.strip())},
            {"role": "user", "content": _sendable(user.strip())},
        ]

    def taken(
        self, classes: Mapping[str, str], *, with_probabilities: bool = True
    ) -> int:
        """Count what a question takes before any text is in it.

        Parameters
        ----------
        classes : mapping of str to str
            Names with descriptions.
        with_probabilities : bool, default=True
            Whether the model is to say them.

        Returns
        -------
        int
            Tokens, about.
        """
        return self._tokens_around(self._instructions(classes, with_probabilities))

    def _instructions(
        self, classes: Mapping[str, str], with_probabilities: bool
    ) -> str:
        return self._system.substitute(
            classes=_class_list(classes, self._fences),
            probabilities=_PROBABILITIES if with_probabilities else "",
        )

    def _tokens_around(self, system: str) -> int:
        frame = self._user.substitute(text="", neighbors="", examples="")
        return estimate_tokens(system) + estimate_tokens(frame) + len(_NONE)

    def _fenced(self, question: Question) -> Question:
        """Return a question of which no text is taken for a mark of the prompt."""
        fences = self._fences
        return replace(
            question,
            text=fences.text(question.text),
            neighbor_texts=tuple(map(fences.numbered, question.neighbor_texts)),
            examples=tuple(
                (fences.labelled(text), fences.line(label))
                for text, label in question.examples
            ),
        )

    def repair(
        self, messages: list[Message], answer: str, problem: str
    ) -> list[Message]:
        """Write the messages that ask for a better answer.

        Parameters
        ----------
        messages : list of dict
            What was asked.
        answer : str
            What came back; it is cut to 400 tokens.
        problem : str
            What is wrong with it, in a few words.

        Returns
        -------
        list of dict
            The messages, the answer, and a request to repair it.
        """
        return [
            *messages,
            {"role": "assistant", "content": _sendable(clip_tokens(answer, 400))},
            {
                "role": "user",
                "content": self._repair.substitute(problem=problem).strip(),
            },
        ]


def as_templates(given: str | Path | PromptTemplates | None) -> PromptTemplates:
    """Return prompt templates.

    Parameters
    ----------
    given : str, Path, PromptTemplates or None
        Templates, or the folder that holds them; None takes the package's own.

    Returns
    -------
    PromptTemplates
        Checked.
    """
    return given if isinstance(given, PromptTemplates) else PromptTemplates(given)


def _read(folder: Path | None, name: str) -> str:
    if folder is not None and (folder / name).is_file():
        return (folder / name).read_text(encoding="utf-8")
    return (files("sklearn_tagkd.llm.prompting") / "templates" / name).read_text(
        encoding="utf-8"
    )


def _checked(name: str, texts: Mapping[str, str]) -> Template:
    template = Template(texts[name])
    needed, allowed = _PLACEHOLDERS[name]
    found = set(template.get_identifiers())
    if not template.is_valid():
        raise PromptTemplateError(
            f"{name} has a $ that begins no placeholder. Write $$ for a dollar sign."
        )
    if missing := sorted(needed - found):
        raise PromptTemplateError(f"{name} lacks the placeholder ${missing[0]}.")
    if unknown := sorted(found - allowed):
        raise PromptTemplateError(
            f"{name} has the placeholder ${unknown[0]}, which nobody fills. It may "
            f"hold {', '.join(f'${known}' for known in sorted(allowed))}; write $$ for "
            "a dollar sign."
        )
    return template


def _class_list(classes: Mapping[str, str], fences: Fences) -> str:
    lines = [
        f"- {name}: {meaning}" if meaning else f"- {name}"
        for name, meaning in classes.items()
    ]
    return "\n".join(map(fences.line, lines))


def _example_list(examples: tuple[tuple[str, str], ...], most: int) -> str:
    """Write examples in so many tokens, each text cut to an equal share."""
    if not examples:
        return ""
    frames = sum(estimate_tokens(_example("", label)) for _, label in examples)
    share = min(_USUAL_EXAMPLE, (most - frames) // len(examples))
    if share < _LEAST_EXAMPLE:
        raise ValueError(
            f"{len(examples)} examples do not fit into half of the prompt, about "
            f"{most} tokens. Pass a smaller n_examples, ask_again=0, or allow "
            "more max_prompt_tokens."
        )
    shown = [_example(_cut(text, share), label) for text, label in examples]
    return "".join(shown) + "\n"


def _example(text: str, label: str) -> str:
    return f"<example>\n{text}\nlabel: {label}\n</example>\n"


def _share(question: Question, free: int) -> tuple[str, list[str]]:
    """Cut the text and its neighbours' texts to so many tokens together."""
    texts = question.neighbor_texts
    lengths = [estimate_tokens(text) + _NUMBER for text in texts]
    own = estimate_tokens(question.text)
    for_text = max(free // 2, free - sum(lengths))
    rest = max(free - min(own, for_text), 0)
    # The shortest first: what one leaves over is shared among the longer ones.
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    shares = [0] * len(lengths)
    for n_done, i in enumerate(order):
        shares[i] = min(lengths[i], rest // (len(order) - n_done))
        rest -= shares[i]
    clipped = [
        _cut(text, share - _NUMBER) for text, share in zip(texts, shares, strict=True)
    ]
    return _cut(question.text, for_text), clipped


def _cut(text: str, most: int) -> str:
    if estimate_tokens(text) <= most:
        return text
    return clip_tokens(text, max(most - _MARK, 0))


def _sendable(text: str) -> str:
    # Half a surrogate pair cannot be sent; the error would quote the whole text.
    return text.encode("utf-8", "replace").decode("utf-8")
