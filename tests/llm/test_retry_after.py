"""How long to wait, in all forms in which servers say so."""

import email.utils
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_tagkd.llm.wire.retry_after import read_retry_after


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("7.5", 7.5),
        ("7s", 7.0),
        ("3, 7", 7.0),
        ("99999999999", 99999999999.0),
        ("-7", None),
        ("soon", None),
        ("\u0667", None),
        ("", None),
    ],
)
def test_numbers(said, seconds):
    assert read_retry_after({"retry-after": said}) == seconds


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Tokyo"])
@pytest.mark.parametrize("form", ["GMT", "-0000", "", "ISO"])
def test_dates_are_in_gmt_wherever_one_is(form, zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        until = time.time() + 100
        said = email.utils.formatdate(until, usegmt=True).removesuffix("GMT") + form
        if form == "ISO":
            said = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(until))
        assert 90 < read_retry_after({"retry-after": said}) <= 100
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_date_is_by_the_clock_of_the_server():
    now = time.time() + 7200  # which is not that of this machine
    said = {
        "date": email.utils.formatdate(now, usegmt=True),
        "retry-after": email.utils.formatdate(now + 5, usegmt=True),
    }
    assert read_retry_after(said) == 5.0


@given(st.text(), st.text(), st.text())
def test_nothing_raises(date, after, milliseconds):
    found = read_retry_after(
        {"date": date, "retry-after": after, "retry-after-ms": milliseconds}
    )
    assert found is None or found >= 0
