"""A pass over several connections: the mappings of one wave run at the same time, waves stay in order."""

from __future__ import annotations

import queue
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from pysync.model import Side
from pysync.outbox import Connection
from pysync.runner import PassResult, Runner


class Team(Runner):
    """A runner that hands the mappings of a wave to further connections; one of them works on a mapping at a time."""

    def __init__(self, conn: Connection, others: Sequence[Connection], *, kind: str = "changes") -> None:
        super().__init__(conn, kind=kind)
        self._members = [self, *(Runner(other, kind=kind) for other in others)]

    def _drain_wave(
        self, wave: Collection[str], work: set[tuple[str, Side]], result: PassResult, *, with_deletes: bool
    ) -> int:
        names = [name for name in wave if any((name, side) in work for side in Side)]
        free: queue.SimpleQueue[Runner] = queue.SimpleQueue()
        for member in self._members:
            member.session.pass_id = self.session.pass_id
            member.session.lock_waits = 0
            member.session.long_looks.clear()
            member.session.on_batch = self.session.on_batch
            member.session.should_stop = self.session.should_stop
            free.put(member)

        def drain(name: str) -> int:
            member = free.get()
            try:
                member.compiler.refresh()
                if name not in member.compiler.mappings:
                    return 0
                return member.drain_mapping(name, work, result, with_deletes=with_deletes)
            finally:
                free.put(member)

        if len(names) < 2:
            return sum(map(drain, names))
        with ThreadPoolExecutor(min(len(names), len(self._members))) as pool:
            return sum(pool.map(drain, names))
