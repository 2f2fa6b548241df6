"""Build the sdist and the wheel of a commit: the same commit, the same bytes.

``python release/build.py FOLDER`` (``make dist``) exports HEAD, so that nothing that is
not committed gets in; builds the sdist; gives every file in it the commit's time, or
SOURCE_DATE_EPOCH, and the same owner and rights everywhere; and builds the wheel from
that sdist. ``twine check`` has the last word. What builds comes from this environment,
in the versions that constraints.txt pins.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def build(folder: Path) -> tuple[Path, Path]:
    """Build both into a folder; return the wheel and the sdist."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        exported, unpacked = Path(name, "exported"), Path(name, "unpacked")
        with tarfile.open(fileobj=io.BytesIO(_git_bytes("archive", "HEAD"))) as tree:
            tree.extractall(exported, filter="data")
        sdist = _call_backend("--sdist", exported, folder, epoch)
        level(sdist, int(epoch))
        with tarfile.open(sdist) as archive:
            archive.extractall(unpacked, filter="data")
        (source,) = unpacked.iterdir()
        wheel = _call_backend("--wheel", source, folder, epoch)
    return wheel, sdist


def level(sdist: Path, epoch: int) -> None:
    """Write an sdist anew, without what differs from machine to machine."""
    plain = io.BytesIO()
    with (
        tarfile.open(sdist) as before,
        tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as after,
    ):
        for member in sorted(before.getmembers(), key=lambda member: member.name):
            runs = member.isdir() or member.mode & 0o100
            member.mode = 0o755 if runs else 0o644
            member.mtime, member.uid, member.gid = epoch, 0, 0
            member.uname = member.gname = ""
            member.pax_headers = {}
            after.addfile(member, before.extractfile(member))
    sdist.write_bytes(gzip.compress(plain.getvalue(), mtime=epoch))


def _call_backend(kind: str, source: Path, folder: Path, epoch: str) -> Path:
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-m", "build", kind, "--no-isolation", "-o", made]
        ended = subprocess.run(
            [*command, source],
            env={**os.environ, "SOURCE_DATE_EPOCH": epoch},
            umask=0o022 if os.name == "posix" else -1,  # rights of what it makes
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if ended.returncode:
            sys.exit(ended.stdout)
        (file,) = Path(made).iterdir()
        target = folder / file.name
        target.write_bytes(file.read_bytes())
    return target


def _git_bytes(*arguments: str) -> bytes:
    command = ["git", "-C", ROOT, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def _git(*arguments: str) -> str:
    return _git_bytes(*arguments).decode().strip()


def main() -> int:
    """Build into the folder that is given, and check."""
    if changed := _git("status", "--porcelain", "--untracked-files=no"):
        print(f"HEAD is built, without what is not committed:\n{changed}")
    made = build(Path(sys.argv[1]))
    for file in made:
        print(f"{file.stat().st_size / 2**10:8.0f} KiB  {file}")
    checks = [sys.executable, "-m", "twine", "check", "--strict", *made]
    return subprocess.run(checks, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
