"""Where the thoughts of a model end, and its answer begins.

Servers are meant to keep them apart, and many do not: the tag that opens them is
often part of the prompt, so that an answer holds the closing one alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["after_thoughts", "end_of_turn", "unfinished_thought"]

_Span = tuple[int, int]

# DeepSeek, Qwen, GLM, MiniMax, EXAONE, Reka, Seed, Kimi, Magistral, Command,
# OpenThinker, gpt-oss, Gemma, Apertus, MedGemma: each has marks of its own.
_NAME = (
    r"(?:[a-z]{1,9}[:_])?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflect(?:ion)?"
    r"|analysis|scratch_?pad|deliberation|monologue)"
)
_CLOSING = re.compile(
    rf"</\s?{_NAME}\s?>|\[/{_NAME}\]|◁/{_NAME}▷|<\|/{_NAME}\|>"
    rf"|<\|end_?(?:of_?)?{_NAME}\|>|<\|{_NAME}_?end\|>"
    r"|<\|channel\|>\s{0,3}final[^<>]{0,40}(?:<\|constrain\|>[^<>]{0,40})?<\|message\|>"
    r"|<channel\|>|<\|inner_suffix\|>|<unused95>",
    re.IGNORECASE,
)
_OPENING = re.compile(
    rf"<{_NAME}(?:\s[^<>]{{0,80}})?>|\[think\]|◁{_NAME}▷|<\|{_NAME}\|>"
    rf"|<\|(?:begin|start)_?(?:of_?)?{_NAME}\|>|<\|{_NAME}_?(?:begin|start)\|>"
    r"|<\|channel\|?>\s{0,3}(?:analysis|thought|commentary)|<\|inner_prefix\|>"
    r"|<unused94>",
    re.IGNORECASE,
)
# Behind it a model that nobody stops makes up what the user says next.
_TURN_END = re.compile(
    r"<\|(?:im_end|im_start|eot_id|eom_id|endoftext|end_of_text|end_of_turn|eos|return"
    r"|start_header_id|user|assistant)\|>|</s>|<end_of_turn>|<\uff5cend\u2581of\u2581sentence\uff5c>"
    r"|<\|END_OF_TURN_TOKEN\|>|\[/?INST\]",
    re.IGNORECASE,
)


def after_thoughts(content: str, objects: Sequence[_Span]) -> int:
    """Return where the thoughts of a model end.

    Parameters
    ----------
    content : str
        What it wrote.
    objects : sequence of (int, int)
        Where whole JSON objects stand: a mark that is quoted in one is a text's.

    Returns
    -------
    int
        Place behind the last closing mark; 0 where there is none.

    Examples
    --------
    >>> from sklearn_tagkd.llm.reading.thoughts import after_thoughts
    >>> after_thoughts("hm, sport?</think> politics", [])
    18
    """
    ends = [m.end() for m in _CLOSING.finditer(content) if not _lies_in(m, objects)]
    return ends[-1] if ends else 0


def unfinished_thought(content: str, objects: Sequence[_Span]) -> int:
    """Return where a thought begins that has no end.

    Parameters
    ----------
    content : str
        What a model wrote after all thoughts that have one.
    objects : sequence of (int, int)
        Where whole JSON objects stand in it.

    Returns
    -------
    int
        Place of the first opening mark; the length of ``content`` where there is none.

    Examples
    --------
    >>> from sklearn_tagkd.llm.reading.thoughts import unfinished_thought
    >>> unfinished_thought("Well. <think>Is it sport", [])
    6
    """
    found = _OPENING.finditer(content)
    starts = (m.start() for m in found if not _lies_in(m, objects))
    return next(starts, len(content))


def end_of_turn(content: str, objects: Sequence[_Span]) -> int:
    """Return where a model's turn ends, and one begins that it makes up.

    Parameters
    ----------
    content : str
        What it wrote after its thoughts.
    objects : sequence of (int, int)
        Where JSON objects stand in it.

    Returns
    -------
    int
        Place of the first mark behind an object; the length of ``content`` where there
        is none.

    Examples
    --------
    >>> from sklearn_tagkd.llm.reading.thoughts import end_of_turn
    >>> end_of_turn('{"label": "a"}<|im_end|>{"label": "b"}', [(0, 14), (24, 38)])
    14
    """
    if not objects:
        return len(content)
    found = _TURN_END.finditer(content, objects[0][1])
    starts = (m.start() for m in found if not _lies_in(m, objects))
    return next(starts, len(content))


def _lies_in(mark: re.Match[str], objects: Sequence[_Span]) -> bool:
    return any(start <= mark.start() < end for start, end in objects)
