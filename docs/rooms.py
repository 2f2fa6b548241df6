"""The map of rooms, drawn from the table that `tests/test_walls.py` holds."""

from __future__ import annotations

import runpy
from pathlib import Path

WALLS = Path(__file__).parents[1] / "tests" / "test_walls.py"
WIDTH, ROW, HEIGHT = 760, 74, 30
Calls = dict[str, set[str]]


def draw_rooms() -> str:
    """Return the map as SVG, in the colours of the page that shows it."""
    walls = runpy.run_path(str(WALLS))
    known = {**walls["MAY_CALL"], **walls["STEPS"]}
    calls = {
        room: {called for called in may_call if called not in walls["EVERYONE"]}
        for room, may_call in known.items()
        if room not in walls["EVERYONE"]
    }
    depths = {room: _depth(room, calls) for room in calls}
    deepest = max(depths.values())
    places = {}
    for depth in range(deepest + 1):
        row = sorted(room for room in calls if depths[room] == depth)
        for number, room in enumerate(row):
            x = WIDTH * (number + 0.5) / len(row)
            places[room] = (x, 24 + ROW * (deepest - depth))
    lines = [_arrow(*places[a], *places[b]) for a in calls for b in _direct(a, calls)]
    boxes = [_box(room, *place) for room, place in places.items()]
    tip = '<path d="M0 0 8 4 0 8z" fill="currentColor"/>'
    return "\n".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {24 + ROW * deepest + HEIGHT}" role="img" '
            'aria-label="Which room may call which" style="max-width: 100%" '
            'font-family="monospace" font-size="12" xmlns="http://www.w3.org/2000/svg">',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" '
            f'markerWidth="7" markerHeight="7" orient="auto">{tip}</marker></defs>',
            *lines,
            *boxes,
            "</svg>",
        ]
    )


def _depth(room: str, calls: Calls) -> int:
    """Return the longest way down from a room."""
    return max((1 + _depth(called, calls) for called in calls[room]), default=0)


def _direct(room: str, calls: Calls) -> list[str]:
    """Return the rooms that a room may call and that none of the others leads to."""
    further = set().union(*(_reach(called, calls) for called in calls[room]))
    return sorted(calls[room] - further)


def _reach(room: str, calls: Calls) -> set[str]:
    return calls[room].union(*(_reach(called, calls) for called in calls[room]))


def _arrow(x: float, y: float, to_x: float, to_y: float) -> str:
    ends = f'x1="{x:.0f}" y1="{y + 12:.0f}" x2="{to_x:.0f}" y2="{to_y - 13:.0f}"'
    return (
        f'<line {ends} stroke="currentColor" stroke-opacity="0.45" '
        'marker-end="url(#tip)"/>'
    )


def _box(name: str, x: float, y: float) -> str:
    wide = 8 * len(name) + 12
    return (
        f'<rect x="{x - wide / 2:.0f}" y="{y - 12:.0f}" width="{wide}" height="24" '
        'rx="5" fill="var(--color-background-primary, white)" stroke="currentColor"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle" fill="currentColor">'
        f"{name}</text>"
    )
