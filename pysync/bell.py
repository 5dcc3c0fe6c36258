"""Which mappings a watcher works on, and what wakes it: advisory locks of one session, and one channel."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from pysync.outbox import Connection

# The first number is what sync_private.sleeps() tries; the second one says whose turn it is.
_BELL = 1887007091
_POST = 1887007092

_CLAIM = """
select m.mapping_name, pg_try_advisory_lock($1, hashtext(m.mapping_name))
from sync.table_mapping m
where m.is_enabled and (cardinality($2::text[]) = 0 or m.mapping_name = any ($2::text[]))
  and m.mapping_name <> all ($3::text[])
order by m.mapping_name
"""
_HOLDERS = """
select distinct l.pid
from pg_locks l
where l.locktype = 'advisory' and l.granted and l.classid = $1::bigint::oid and l.objsubid = 2
  and l.database = (select d.oid from pg_database d where d.datname = current_database())
  and l.objid in (select (hashtext(n)::bigint & 4294967295)::oid from unnest($2::text[]) n)
order by 1
"""
# This session looks for work as well. Statistics of queues are always wrong: no plan may be one that reads all of it.
_SESSION = "select set_config(n, 'off', false) from unnest(array['enable_seqscan', 'enable_bitmapscan']) n"
_TAKE = "select n from unnest($2::text[]) n where pg_try_advisory_lock($1, hashtext(n))"
_LET_GO = "select pg_advisory_unlock($1, hashtext(n)) from unnest($2::text[]) n"


class Bell:
    """A session that holds the posts of the mappings this watcher works on, and sleeps for it."""

    def __init__(self, conn: Connection, names: Collection[str]) -> None:
        self.conn = conn
        self.names = list(names)
        self.owned: set[str] = set()
        self.missing: set[str] = set()
        self.is_stale = True
        conn.execute(_SESSION)
        conn.execute("listen pysync")

    def claim(self) -> bool:
        """Take the posts that are free, one watcher each; tells whether anything changed."""
        before = (set(self.owned), self.missing)
        found = self.conn.execute(_CLAIM, (_POST, self.names, list(self.owned))).fetchall()
        self.owned |= {name for name, is_ours in found if is_ours}
        self.missing = {name for name, is_ours in found if not is_ours}
        self.is_stale = False
        return (self.owned, self.missing) != before

    def holders(self) -> list[int]:
        """Server processes of the watchers that have what this one stands by for."""
        return [pid for (pid,) in self.conn.execute(_HOLDERS, (_POST, list(self.missing)))]

    @contextmanager
    def held(self) -> Iterator[Held]:
        """While this lasts, commits that change what was taken ring."""
        held = Held(self)
        try:
            yield held
        finally:
            if held.taken and not (self.conn.closed or self.conn.broken):
                self.conn.execute(_LET_GO, (_BELL, list(held.taken)))

    def rings(self, seconds: float) -> bool:
        """Wait for a ring at most so long; False when there was none for this watcher."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) >= 0:
            for ring in self.conn.notifies(timeout=left, stop_after=1):
                self.is_stale = self.is_stale or not ring.payload
                if not ring.payload or ring.payload in self.owned:
                    return True
                break
            else:
                return False
        return False


class Held:
    """The bells of a sleep."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self.taken: set[str] = set()
        self._awaited = "0"

    def take(self, names: Collection[str]) -> bool:
        """Hold the bells of these mappings; False when a writer is just trying one: ask again in a moment."""
        wanted = [n for n in names if n not in self.taken]
        if not wanted:
            return True
        got = {n for (n,) in self._bell.conn.execute(_TAKE, (_BELL, wanted))}
        self.taken |= got
        row = self._bell.conn.execute("select pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
        self._awaited = row[0] if row else "0"
        return len(got) == len(wanted)

    def may_be_missed(self) -> bool:
        """Whether a transaction still runs that may have tried a bell before it was held."""
        row = self._bell.conn.execute(
            "select pg_snapshot_xmin(pg_current_snapshot()) < $1::text::xid8", (self._awaited,)
        ).fetchone()
        return bool(row and row[0])
