"""An example of the gallery as a notebook with its outputs, for readers on the web.

`python docs/notebook.py` writes the one in `docs/notebooks` anew. The example is its
only source, and `tests/test_notebook.py` holds the two together.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EXAMPLE = HERE / "examples" / "plot_3_asking.py"
NOTEBOOK = HERE / "notebooks" / "asking_a_language_model.ipynb"

_UNDERLINED = re.compile(r"^(.+)\n([=-])\2+$", re.MULTILINE)


def cells_of(script: str) -> Iterator[tuple[str, str]]:
    """Yield kind and source of the cells of an example, as sphinx-gallery reads it."""
    title, code = script.split('"""\n')[1:3]
    yield "markdown", _as_markdown(title)
    first, *others = re.split(r"^# %%\n", code, flags=re.MULTILINE)
    yield "code", first.strip()
    for part in others:
        lines = part.splitlines()
        n_words = next(
            (n for n, line in enumerate(lines) if not line.startswith("#")), len(lines)
        )
        words = "\n".join(line.removeprefix("#")[1:] for line in lines[:n_words])
        yield "markdown", _as_markdown(words)
        if rest := "\n".join(lines[n_words:]).strip():
            yield "code", rest


def _as_markdown(words: str) -> str:
    """Return prose of an example as Markdown: titles differ, and code in it."""
    levels = {"=": "#", "-": "##"}
    titled = _UNDERLINED.sub(lambda found: f"{levels[found[2]]} {found[1]}\n", words)
    return re.sub(r"\n{3,}", "\n\n", titled).replace("``", "`").strip()


def notebook_of(script: str) -> dict[str, Any]:
    """Run an example, and return it as a notebook in the format 4.5."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells: list[dict[str, Any]] = []
    for number, (kind, source) in enumerate(cells_of(script)):
        cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}"}
        cell |= {"metadata": {}, "source": source.splitlines(keepends=True)}
        if kind == "code":
            count = 1 + sum("outputs" in before for before in cells)
            cell |= {"execution_count": count, "outputs": _run(source, namespace)}
        cells.append(cell)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _run(source: str, namespace: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a cell prints and draws."""
    from matplotlib import pyplot

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.parse(source), str(EXAMPLE), "exec"), namespace)
    outputs: list[dict[str, Any]] = []
    if text := printed.getvalue():
        lines = text.splitlines(keepends=True)
        outputs.append({"name": "stdout", "output_type": "stream", "text": lines})
    for number in pyplot.get_fignums():
        picture = io.BytesIO()
        pyplot.figure(number).savefig(picture, format="png", dpi=80)
        data = {"image/png": base64.b64encode(picture.getvalue()).decode()}
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    pyplot.close("all")
    return outputs


def main() -> None:
    """Write the notebook."""
    import matplotlib

    matplotlib.use("agg")
    notebook = notebook_of(EXAMPLE.read_text(encoding="utf-8"))
    NOTEBOOK.parent.mkdir(exist_ok=True)
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    NOTEBOOK.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
