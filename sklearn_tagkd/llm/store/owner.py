"""Names for who is asking, by which others can tell that it has died."""

from __future__ import annotations

import os
import socket
import uuid

__all__ = ["is_dead", "new_owner"]


def new_owner() -> str:
    """Return a name that nobody else has.

    Returns
    -------
    str
        Machine, process and a random part.
    """
    return f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex}"


def is_dead(owner: str) -> bool:
    """Tell whether an owner is surely gone.

    Parameters
    ----------
    owner : str
        As :func:`new_owner` made it.

    Returns
    -------
    bool
        True only where its process was on this machine and is no more; elsewhere
        its claims lapse with time.
    """
    host, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    # On Windows signal 0 would end the process instead of asking after it.
    if os.name != "posix" or host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is there, and somebody else's
        return False
    return False
