"""A drawing as part of a page: nothing in it runs, loads, or bears a style of its own.

The page forbids styles of others, so what the drawing has as styles becomes attributes;
what it draws in the colour of ink takes that of the page, light, dark or on paper.
"""

from __future__ import annotations

import re
from hashlib import sha256
from xml.etree import ElementTree

__all__ = ["INK", "inert_svg"]

INK = "#010203"  # stands for the page's own colour; no display draws in it

_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_TAGS = {
    "svg",
    "g",
    "defs",
    "path",
    "use",
    "text",
    "tspan",
    "clipPath",
    "rect",
    "image",
}
_KEPT = {
    *("d", "x", "y", "width", "height", "transform", "id", "viewBox", "clip-path"),
    *("preserveAspectRatio",),
}
_STYLES = {
    *("fill", "fill-opacity", "fill-rule", "opacity", "stroke", "stroke-opacity"),
    *("stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap"),
    *("stroke-linejoin", "stroke-miterlimit", "font-size", "font-weight"),
    *("text-anchor", "clip-path"),
}
_REFERENCE = re.compile(r"url\(#([\w-]+)\)")
_LONG_NUMBER = re.compile(r"(-?\d+\.\d{2})\d+")
_FONT = re.compile(r"(?:^|\s)(\d+(?:\.\d+)?)px(?:\s|$)")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LARGER = 1.15  # letters on a screen, beside those on paper
_IMAGE = "data:image/png;base64,"


def inert_svg(drawing: str) -> str:
    """Keep of a drawing what is seen.

    Parameters
    ----------
    drawing : str
        SVG, as matplotlib writes it with ``svg.fonttype='none'``.

    Returns
    -------
    str
        ``<svg>`` for the body of an HTML page, hidden from screen readers: who shows it
        says in words what it shows. Names in it are its own, whatever else the page
        shows; the same drawing has the same ones.
    """
    root = ElementTree.fromstring(_NOT_XML.sub("", drawing))
    prefix = f"p{sha256(drawing.encode()).hexdigest()[:10]}-"
    made = _kept(root, prefix)
    made.set("aria-hidden", "true")
    made.attrib.pop("height", None)  # the page keeps the shape where it is narrow
    made.set(
        "width", f"{_LARGER * float(root.get('width', '0').removesuffix('pt')):g}pt"
    )
    return ElementTree.tostring(made, encoding="unicode", short_empty_elements=True)


def _kept(node: ElementTree.Element, prefix: str) -> ElementTree.Element:
    made = ElementTree.Element(node.tag.removeprefix(_SVG))
    for name, value in _attributes(node, prefix).items():
        made.set(name, value)
    if made.tag in ("text", "tspan"):
        made.text = node.text
    for child in node:
        tag = child.tag
        if isinstance(tag, str) and tag.removeprefix(_SVG) in _TAGS:
            made.append(_kept(child, prefix))
    return made


def _attributes(node: ElementTree.Element, prefix: str) -> dict[str, str]:
    found = {name: value for name, value in node.attrib.items() if name in _KEPT}
    for part in node.get("style", "").split(";"):
        name, _, value = (side.strip() for side in part.partition(":"))
        if name == "font" and (size := _FONT.search(value)):
            found["font-size"] = size[1]
        elif name in _STYLES:
            found[name] = value
    target = node.get(f"{_XLINK}href", node.get("href", ""))
    if target.startswith("#"):
        found["href"] = f"#{prefix}{target[1:]}"
    elif target.startswith(_IMAGE):
        found["href"] = "".join(target.split())
    if "id" in found:
        found["id"] = prefix + found["id"]
    return {name: _value(name, value, prefix) for name, value in found.items()}


def _value(name: str, value: str, prefix: str) -> str:
    if name in ("fill", "stroke") and value.lower() == INK:
        return "currentColor"
    if name == "href":
        return value
    value = _REFERENCE.sub(rf"url(#{prefix}\1)", value)
    return _LONG_NUMBER.sub(r"\1", " ".join(value.split()))
