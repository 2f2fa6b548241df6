"""Reports in headless Chromium: they open, search, sort, and run nothing of others."""

import pytest

from sklearn_tagkd import GraphReport
from tests.reporting.browser import browsing, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a browser")
TAB, ENTER = "\ue004", "\ue007"


@pytest.fixture(scope="module")
def browser():
    with browsing() as found:
        yield found


@pytest.fixture(scope="module")
def pages(evil, evil_report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    before = GraphReport(evil[0], evil[1]).save(folder / "before.html")
    return [before, evil_report.save(folder / "after.html")]


def test_pages_open_without_complaint_and_run_nothing_of_others(browser, pages):
    for page in pages:
        browser.open(page)
        assert browser.run("return window.ran") is None
        assert browser.complaints() == []
        assert browser.run("return document.querySelectorAll('script').length") == 1
        shown = browser.run("return document.body.innerText")
        assert "<script>window.ran = true</script>" in shown
        loaded = "return performance.getEntriesByType('resource').length"
        assert browser.run(loaded) == 0


def test_a_script_that_somebody_puts_in_is_refused(browser, pages):
    browser.open(pages[1])
    browser.run(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.append(s)"
    )
    assert browser.run("return window.ran") is None
    assert any("Content Security Policy" in line for line in browser.complaints())


def test_search_keeps_the_rows_with_all_words_and_says_how_many(browser, pages):
    browser.open(pages[0])
    typed = (
        "const box = document.getElementById('words'); box.value = arguments[0];"
        "box.dispatchEvent(new Event('input'));"
        "const rows = [...document.querySelectorAll('tbody tr')];"
        "return [rows.filter(r => !r.hidden).map(r => r.textContent), rows.length,"
        "document.getElementById('found').value]"
    )
    left, n_rows, told = browser.run(typed, "COOKING cooking<script")
    assert 0 < len(left) < n_rows
    assert all("cooking<script" in row.lower() for row in left)
    assert told == f"{len(left)} of {n_rows} rows"
    left, n_rows, told = browser.run(typed, "")
    assert len(left) == n_rows
    assert told == ""


def test_columns_sort_by_the_keyboard_and_say_so(browser, pages):
    browser.open(pages[1])
    browser.run("document.querySelector('#model th:nth-child(2) button').focus()")
    column = (
        "return [[...document.querySelectorAll('#model tbody td:nth-child(2)')]"
        ".map(c => Number(c.dataset.value)),"
        "document.querySelector('#model th:nth-child(2)').getAttribute('aria-sort')]"
    )
    browser.press(ENTER)
    values, order = browser.run(column)
    assert (values, order) == (sorted(values), "ascending")
    browser.press(ENTER)
    values, order = browser.run(column)
    assert (values, order) == (sorted(values, reverse=True), "descending")
    sorted_ones = "return document.querySelectorAll('#model [aria-sort]').length"
    assert browser.run(sorted_ones) == 1


def test_the_first_tab_skips_to_the_content(browser, pages):
    browser.open(pages[1])
    browser.press(TAB)
    focused = "return document.activeElement.textContent"
    assert browser.run(focused) == "Skip to the content"
    browser.press(ENTER)
    assert browser.run("return document.activeElement.id") == "content"


def test_a_screen_reader_finds_names_for_everything(browser, pages):
    for page in pages:
        browser.open(page)
        nameless = browser.devtools("Accessibility.getFullAXTree")["nodes"]
        kinds = {"table", "button", "searchbox", "region", "navigation", "columnheader"}
        kinds |= {"image", "img"}
        found = [
            node
            for node in nameless
            if not node["ignored"] and node["role"]["value"] in kinds
        ]
        assert found
        assert not [n for n in found if not n.get("name", {}).get("value", "").strip()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_apart_in_light_and_in_dark(browser, pages, scheme):
    browser.open(pages[1])
    browser.color_scheme(scheme)
    colors = browser.run(
        "const of = e => getComputedStyle(document.querySelector(e));"
        "return [of('body').backgroundColor, of('body').color, of('nav a').color,"
        "of('dt').color]"
    )
    paper, *inks = [_luminance(color) for color in colors]
    assert (paper > 0.5) == (scheme == "light")
    for ink in inks:  # as WCAG AA has it for text
        bright, dim = max(ink, paper), min(ink, paper)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_are_seen_in_the_colours_of_the_page_and_told(browser, pages, scheme):
    for page in pages:
        browser.open(page)
        browser.color_scheme(scheme)
        seen = browser.run(
            "const ink = getComputedStyle(document.body).color;"
            "return [...document.querySelectorAll('.picture')].map(p => {"
            "const box = p.querySelector('svg').getBoundingClientRect();"
            "const words = [...p.querySelectorAll('text')].map(t => "
            "getComputedStyle(t).fill);"
            "const shade = ['rgb(255, 255, 255)'];"  # numbers in full cells
            "return [box.width, box.height, words.length,"
            "words.every(w => w === ink || shade.includes(w)),"
            "p.querySelector('[role=img]').getAttribute('aria-label').length]})"
        )
        assert len(seen) >= 3
        for width, height, n_words, in_ink, n_told in seen:
            assert min(width, height) > 100
            assert n_words > 0
            assert in_ink
            assert n_told > 20


def test_pictures_of_cells_are_loaded_from_the_page_itself(browser, pages):
    browser.open(pages[1])
    loads = (
        "const image = document.querySelector('.picture image');"
        "const probe = new Image(); probe.src = image.href.baseVal;"
        "return probe.decode().then(() => probe.naturalWidth)"
    )
    assert browser.run(loads) > 0
    assert browser.complaints() == []


def test_on_paper_a_page_is_black_on_white_and_has_its_pictures(browser, pages):
    for page in pages:
        browser.open(page)
        dark = [{"name": "prefers-color-scheme", "value": "dark"}]
        browser.devtools("Emulation.setEmulatedMedia", media="print", features=dark)
        ink, paper, wide, tall = browser.run(
            "const svg = document.querySelector('.picture svg');"
            "const of = getComputedStyle(svg.querySelector('text'));"
            "const box = svg.getBoundingClientRect();"
            "return [of.fill, getComputedStyle(document.body).backgroundColor,"
            "box.width, box.height]"
        )
        browser.devtools("Emulation.setEmulatedMedia", media="", features=[])
        assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
        assert min(wide, tall) > 100


def test_pictures_are_reached_by_the_keyboard(browser, pages):
    browser.open(pages[1])
    browser.run("document.querySelector('#model th:last-child button').focus()")
    browser.press(TAB)
    assert browser.run("return document.activeElement.getAttribute('role')") == "img"


def test_nothing_is_wider_than_a_narrow_screen(browser, pages):
    browser.devtools(
        "Emulation.setDeviceMetricsOverride",
        width=360,
        height=700,
        deviceScaleFactor=1,
        mobile=False,
    )
    for page in pages:
        browser.open(page)
        assert browser.run("return document.documentElement.scrollWidth") <= 360
    browser.devtools("Emulation.clearDeviceMetricsOverride")


def _luminance(color):
    parts = color.removeprefix("rgb(").removesuffix(")").split(",")
    shares = [int(part) / 255 for part in parts]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
