"""Files of a review: written whole, and no work of a person under them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sklearn_tagkd.utils.whole_files import replacing

__all__ = ["write_files"]

_LARGEST = 2**28  # bytes of a file that may be an earlier export


def write_files(files: Mapping[Path, str], may_replace: Callable[[str], bool]) -> None:
    """Write files, all or, where one of them is something else already, none.

    Parameters
    ----------
    files : mapping of Path to str
        The review first, then what goes beside it.
    may_replace : callable
        Tells of the text of a file whether it is a review that nobody has touched. What
        goes beside it stays where it is the same.

    Raises
    ------
    FileExistsError
        If a file is there that is something else.
    """
    main, *_ = files
    wanted = {path: text.encode("utf-8") for path, text in files.items()}
    for path, content in wanted.items():
        if not path.exists():
            continue
        known = _content(path)
        is_fine = known == content or (path == main and may_replace(_text(known)))
        if known is None or not is_fine:
            raise FileExistsError(
                f"{path.name} is there, and holds labels or something else than a "
                "review that nobody has touched. Take another name, or move it away; "
                "it is left as it was."
            )
    for path, content in wanted.items():
        with replacing(path) as unfinished:
            unfinished.write_bytes(content)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except OSError:  # a folder, or what may not be read
        return None


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8-sig", errors="replace")
