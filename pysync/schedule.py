"""When a mapping runs under `pysync watch`: at once, or by its row of sync.schedule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from pysync.errors import MappingError
from pysync.outbox import Connection, promptly

# A cron text that is not planned yet never runs by chance: only its next time says when.
_LOOK = """
with mapping as materialized (
    select m.mapping_name, h.mapping_name is not null as is_scheduled,
        coalesce(h.status = 'resting', true) as is_rung,
        coalesce(h.status = 'ready' and h.next_run_at is null and h.cron is not null, false) as is_unplanned,
        h.status <> 'faulty' and coalesce(h.next_run_at <= now(), h.cron is null) as is_due,
        h.next_run_at,
        coalesce((select true from sync.outbox o where o.mapping_name = m.mapping_name limit 1), false)
            or m.mapping_name in (select p.mapping_name from sync.parked p where p.next_attempt_at <= now()) as has_work
    from sync.table_mapping m
    left join sync.schedule h on h.mapping_name = m.mapping_name and h.is_enabled
    where m.mapping_name = any ($1::text[]) and m.is_enabled and not m.is_paused
)
select coalesce(array_agg(mapping_name) filter (where has_work and (is_rung or is_due)), '{}'),
    coalesce(array_agg(mapping_name) filter (where is_scheduled and (is_due or (is_rung and has_work))), '{}'),
    coalesce(array_agg(mapping_name) filter (where is_unplanned), '{}'),
    coalesce(array_agg(mapping_name) filter (where is_rung), '{}'),
    extract(epoch from min(next_run_at) filter (where next_run_at > now()) - now())::float8
from mapping
"""
_ROW = """
select h.cron, h.time_zone, now(), now() + coalesce(h.inactivity_timeout, interval '0')
from sync.schedule h where h.mapping_name = $1 for update
"""
_PLAN = "update sync.schedule set next_run_at = $2 where mapping_name = $1"
_FAULTY = "update sync.schedule set status = 'faulty', next_run_at = null where mapping_name = $1"
_FINISH = """
update sync.schedule h set last_run_at = $2,
    status = case when $3 and h.inactivity_timeout is not null then 'resting' else 'ready' end,
    next_run_at = coalesce($4, $2 + case when $3 then greatest(h.every, h.inactivity_timeout) else h.every end)
where h.mapping_name = $1
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at some mappings found.

    `due` have something to do and may run now; of `ended` the end of the run is to be noted, whether or not there was
    something to do; `unplanned` have no next time yet; `rung` are to be woken by a change; the next time of a schedule
    comes in `wait` seconds.
    """

    due: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    unplanned: tuple[str, ...] = ()
    rung: tuple[str, ...] = ()
    wait: float | None = None


def look(conn: Connection, names: Collection[str]) -> Look:
    """Which of these mappings run now, and which a change may wake."""
    row = conn.execute(_LOOK, (list(names),), prepare=True).fetchone()
    assert row is not None
    due, ended, unplanned, rung, wait = row
    return Look(tuple(due), tuple(ended), tuple(unplanned), tuple(rung), wait)


def plan(conn: Connection, name: str) -> None:
    """Work out the first time of a cron text. Raises MappingError, and marks the schedule, when it cannot be read.

    Raises MappingBusy, as finish() does, while somebody holds the row.
    """
    with promptly(conn, name):
        row = conn.execute(_ROW, (name,)).fetchone()
        fault = None
        if row and row[0]:
            try:
                conn.execute(_PLAN, (name, next_time(row[0], row[1], row[2])))
            except MappingError as exc:
                conn.execute(_FAULTY, (name,))
                fault = exc
    if fault:
        raise fault


def finish(conn: Connection, name: str, started: datetime, *, was_active: bool) -> None:
    """Note that a scheduled mapping has run, and when it runs next: later when there was nothing to do."""
    with promptly(conn, name):
        row = conn.execute(_ROW, (name,)).fetchone()
        if row is None:
            return
        after = row[2] if was_active else row[3]
        then = next_time(row[0], row[1], after) if row[0] else None
        conn.execute(_FINISH, (name, started, not was_active, then))


def next_time(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first time after `after` that a cron text names, in UTC. Raises MappingError if it cannot be read.

    >>> str(next_time("30 6 * * MON-FRI", "Europe/Berlin", datetime(2026, 3, 27, 12, tzinfo=UTC)))
    '2026-03-30 04:30:00+00:00'
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from cronsim import CronSim, CronSimError

    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise MappingError(
            f"there is no time zone {time_zone}", hint="name one of `select name from pg_timezone_names order by 1`"
        ) from exc
    try:
        if len(cron.split()) != 5:
            raise CronSimError("Wrong number of fields")
        found = next(CronSim(cron, after.astimezone(zone)))
    except (CronSimError, StopIteration) as exc:
        why = (str(exc) or "no such day ever comes").lower()
        raise MappingError(
            f"the cron text {cron} cannot be read: {why}",
            hint="write minute, hour, day of month, month, day of week: 30 6 * * MON-FRI",
        ) from exc
    return found.astimezone(UTC)
