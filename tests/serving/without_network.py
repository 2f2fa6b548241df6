"""Run a script where no socket can be opened: ``python without_network.py FILE ...``.

Python's own are refused by an audit hook, which nothing can take off again, and one
that was tried fails the run even where the script went on without it. On Linux the
kernel refuses those of compiled code too. What a process has to itself (the pair of
sockets of an event loop) stays.
"""

import ctypes
import platform
import runpy
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13  # with EACCES
# Numbers of socket and connect.
_CALLS = {"x86_64": (41, 42), "aarch64": (198, 203)}
_REFUSED = {
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendmsg",
    "socket.sendto",
}


def refuse_sockets_of_python() -> list[str]:
    """Have Python refuse sockets from now on; return what will be tried."""
    tried = []

    def hook(event, arguments):
        is_pair = event == "socket.__new__" and arguments[1] == socket.AF_UNIX
        if event in _REFUSED or (event == "socket.__new__" and not is_pair):
            tried.append(event)
            raise PermissionError(f"{event}: this process has no network")

    sys.addaudithook(hook)
    return tried


def refuse_sockets_of_the_kernel() -> bool:
    """Have the kernel refuse sockets from now on; return whether it does."""
    calls = _CALLS.get(platform.machine())
    if sys.platform != "linux" or calls is None:
        return False
    program = [
        (_LOAD, 0, 0, 0),  # the number of the call
        (_JUMP_IF_EQUAL, 2, 0, calls[0]),
        (_JUMP_IF_EQUAL, 1, 0, calls[1]),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    steps = b"".join(struct.pack("HBBI", *step) for step in program)
    held = ctypes.create_string_buffer(steps)
    described = struct.pack("HxxxxxxP", len(program), ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.prctl(_PR_SET_SECCOMP, _FILTER, described, 0, 0)


if __name__ == "__main__":
    with suppress(ImportError):
        # Finds out, when imported, whether this machine has IPv6: no request.
        import urllib3  # noqa: F401
    refuse_sockets_of_the_kernel()
    tried = refuse_sockets_of_python()
    del sys.argv[0]
    sys.path.insert(0, str(Path(sys.argv[0]).parent))
    runpy.run_path(sys.argv[0], run_name="__main__")
    if tried:
        sys.exit(f"sockets were tried: {tried}")
