"""What others wrote, on a terminal and in a picture."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd.exceptions import GraphFormatError, RationaleWarning, TagkdError
from sklearn_tagkd.llm import OpenAIClient, Question
from sklearn_tagkd.utils.figures import new_figure, save_figure
from sklearn_tagkd.utils.plain_text import literal, printable

_KEPT = "na\u00efve \u4e2d\u6587 \U0001f469\u200d\U0001f52c"
ANY = st.text(st.characters() | st.sampled_from("\x1b\x07\x9b[]0;m\\$_\u202e\r"))


@given(ANY)
def test_nothing_that_a_terminal_obeys_is_left(text):
    plain = printable(text)
    assert not any(ord(sign) < 32 and sign not in "\n\t" for sign in plain)
    assert not any(0x7F <= ord(sign) < 0xA0 for sign in plain)
    assert "\u202e" not in plain
    assert printable(plain) == plain
    plain.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;PWN\x07 match", " match"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1;2q#0\x1b\\after", "after"),
        ("\x9b31mred", "red"),
        ("over\rwritten", "overwritten"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("\u202egnp.exe", "gnp.exe"),
        (
            "naïve 中文 \U0001f469\u200d\U0001f52c",
            "naïve 中文 \U0001f469\u200d\U0001f52c",
        ),
    ],
)
def test_what_is_left(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    "kind", [TagkdError, GraphFormatError, RationaleWarning], ids=lambda k: k.__name__
)
def test_errors_and_warnings_are_printable(kind):
    assert str(kind("the class \x1b[31mred")) == "the class red"


def test_a_plan_is_printable(tmp_path):
    client = OpenAIClient("m", base_url="http://127.0.0.1:9/v1", store=tmp_path / "a")
    question = Question("a", "late \x1b]0;PWN\x07goal", (), (), {"red\x1b[2J": ""})
    assert "\x1b" not in str(client.plan([question]))


@pytest.mark.parametrize(
    "name", ["US$ and C$", "$\\frac{", "$x_$", "_hidden", "a\nb|c", "\\$5"]
)
def test_a_name_is_drawn_letter_by_letter(name, tmp_path):
    figure = new_figure(2, 2)
    axes = figure.subplots()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes.scatter([0], [0], label=literal(name))
        axes.set_title(literal(name))
        legend = axes.legend()
        save_figure(figure, tmp_path / "a.png")
    assert len(legend.get_texts()) == 1
