"""Faults of schedules: texts that only the watcher's own reader can judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pysync import schedule
from pysync.check.state import Connection
from pysync.check.subject import Subject
from pysync.errors import MappingError
from pysync.model import Fault

_CRON = """
select h.mapping_name, h.cron, h.time_zone
  from sync.schedule h
 where h.mapping_name = any ($1::text[]) and h.is_enabled and h.cron is not null order by 1
"""


def faults(conn: Connection, subjects: Sequence[Subject]) -> Iterator[Fault]:
    """Cron texts and time zones that cannot be read."""
    by_name = {s.name: s for s in subjects}
    for name, cron, time_zone in conn.execute(_CRON, [list(by_name)]).fetchall():
        try:
            schedule.next_time(cron, time_zone, datetime.now(UTC))
        except MappingError as exc:
            yield by_name[name].error(exc.message, exc.hint or "correct the row of sync.schedule", "schedule")
