"""Who is asking what right now, so that nobody else asks the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sklearn_tagkd.llm.reading.numbered import NumberedAnswer
from sklearn_tagkd.llm.store.database import Database, in_chunks
from sklearn_tagkd.utils.processes import is_running

__all__ = ["LONGEST_LEASE", "ClaimBook", "Claims"]

LONGEST_LEASE = 7200.0  # seconds


@dataclass(frozen=True)
class Claims:
    """Who is to ask what.

    Parameters
    ----------
    known : dict of bytes to NumberedAnswer
        Keys that have an answer.
    failed : dict of bytes to str
        Keys that another run has just failed to get an answer to, with reasons.
    mine : list of bytes
        Keys that this owner is to ask about.
    others : list of bytes
        Keys that another owner is asking about at this moment.
    """

    known: dict[bytes, NumberedAnswer] = field(default_factory=dict)
    failed: dict[bytes, str] = field(default_factory=dict)
    mine: list[bytes] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)


class ClaimBook:
    """Claims of all threads and processes, in the file of answers.

    A claim lapses where its owner has died, and where nobody renews it. A failure stays
    on it, for those who wait.

    Parameters
    ----------
    database : Database
        The file.
    look_up : callable
        Takes keys of requests, returns the answers that are known.
    """

    def __init__(
        self,
        database: Database,
        look_up: Callable[[Sequence[bytes]], dict[bytes, NumberedAnswer]],
    ) -> None:
        self._database = database
        self._look_up = look_up

    def take(
        self,
        keys: Sequence[bytes],
        owner: str,
        lease: float,
        since: float,
        *,
        has_slept: bool = False,
    ) -> Claims:
        """Find out what is known, and claim what nobody is asking about.

        Parameters
        ----------
        keys : sequence of bytes
            Keys of requests.
        owner : str
            Who claims.
        lease : float
            Seconds until a claim lapses unless it is renewed.
        since : float
            Failures of others before this time, in seconds since the epoch, do not
            count: they are asked about again.
        has_slept : bool, default=False
            Whether this process has just gone on after a pause. Others on its machine
            may have slept too, and shall have the time to renew their claims.

        Returns
        -------
        Claims
            Each key once.
        """
        claims = Claims()
        with self._database.kept_open(), self._database.transaction() as connection:
            claims.known.update(self._look_up(keys))
            now = time.time()
            missing = [key for key in keys if key not in claims.known]
            held: dict[bytes, tuple[str, float, str | None, float | None]] = {}
            for chunk, marks in in_chunks(missing):
                query = (
                    "SELECT key, owner, expires, failure, failed_at FROM claims "
                    f"WHERE key IN ({marks})"
                )
                held |= {row[0]: row[1:] for row in connection.execute(query, chunk)}
            for key in missing:
                by, expires, failure, failed_at = held.get(key, ("", 0.0, None, None))
                if isinstance(failure, str) and isinstance(failed_at, float):
                    if failed_at >= since and by != owner:
                        claims.failed[key] = failure
                        continue
                elif by != owner and self._holds(by, expires, now, has_slept):
                    claims.others.append(key)
                    continue
                claims.mine.append(key)
            connection.executemany(
                "INSERT OR REPLACE INTO claims"
                " (key, owner, expires, failure, failed_at)"
                " VALUES (?, ?, ?, NULL, NULL)",
                [(key, owner, now + lease) for key in claims.mine],
            )
        return claims

    @staticmethod
    def _holds(owner: object, expires: object, now: float, has_slept: bool) -> bool:
        """Tell whether a claim of another owner still holds; damaged rows do not."""
        if not isinstance(owner, str) or not isinstance(expires, float):
            return False
        # One that lies further ahead was made before the clock was set back.
        in_time = now < expires < now + LONGEST_LEASE
        may_hold = bool(owner) and (in_time or has_slept)
        return may_hold and is_running(owner) is not False

    def renew(self, owner: str, lease: float) -> None:
        """Put off the time when an owner's claims lapse; never bring it forward.

        All that was written before it outlives a power failure from then on.

        Parameters
        ----------
        owner : str
            Who claimed.
        lease : float
            Seconds from now.
        """
        with self._database.transaction(durable=True) as connection:
            connection.execute(
                "UPDATE claims SET expires = max(expires, ?) "
                "WHERE owner = ? AND failure IS NULL",
                (time.time() + lease, owner),
            )

    def fail(self, key: bytes, owner: str, reason: str | None) -> None:
        """Let go of a claim that brought no answer; a later run asks again.

        Parameters
        ----------
        key : bytes
            Key of the request.
        owner : str
            Who claimed it.
        reason : str or None
            What those who wait are told; None lets them try themselves.
        """
        with self._database.transaction() as connection:
            if reason is None:
                connection.execute(
                    "DELETE FROM claims WHERE key = ? AND owner = ?", (key, owner)
                )
                return
            connection.execute(
                "UPDATE claims SET failure = ?, failed_at = ? "
                "WHERE key = ? AND owner = ?",
                (reason, time.time(), key, owner),
            )

    def release(self, owner: str) -> None:
        """Let go of all that an owner claimed and did not finish.

        Parameters
        ----------
        owner : str
            Who claimed.
        """
        with self._database.transaction(durable=True) as connection:
            connection.execute(
                "DELETE FROM claims WHERE owner = ? AND failure IS NULL", (owner,)
            )
