"""Scan: read a whole source table in key order, one page a batch, without an outbox entry per row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from pysync import batch, outbox
from pysync.apply import MOST_LOCK_WAITS, as_ours, kind_of
from pysync.batch import RowsRefused
from pysync.outbox import Counts
from pysync.plan import Plan
from pysync.session import Session


@dataclass(frozen=True, slots=True)
class Page:
    """What a batch of a scan went through: `rows` rows, the last of them `last_key`; `counts` says what became of them.

    `is_asked`: the database refused some of them, which are asked for in the outbox instead.
    """

    last_key: str
    rows: int
    counts: Counts
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """Source rows from the key `first` to `last` in the key's own order, `rows` of them.

    `least` and `greatest` are the ends of their record keys as texts.
    """

    first: str
    last: str
    rows: int
    least: str
    greatest: str


def next_page(
    session: Session, plan: Plan, after: str | None, limit: int, save: Callable[[Page], object] | None = None
) -> Page | None:
    """Scan the next `limit` source rows behind the record key `after` (None: from the start); None: no more rows.

    Does what `sync.request_full_sync` and a pass would do with these rows: what is not coupled and inside the filter is
    created, coupled_only or not, unless full_sync is update; what is coupled is compared whole, and the conflict policy
    settles what the other side changed; of a mapping with direction both, couples are compared from the side that leads
    (statements/scan.py), and from the other one in the fields that only it sends, unless a pass created the row there.
    Differences to a pass:

    - No entry is written or deleted for a row. A row that has waiting or parked changes of its own, or a key that is
      yet to be followed, is asked for in the outbox: only a pass knows its base. So is a row whose target an
      application holds. When the database refuses the page, it is halved until the guilty rows stand alone. These are
      asked for too, and **a pass after the scan** parks them, and does what a scan cannot: deletes.
    - A row missing on the source side is not seen: nothing is ever deleted.
    - References that wait are parked, and woken by the coupling: scan parents first, and they do not wait.

    `save` is called with the page, or with each part of a divided one, at the end of the batch's transaction: what it
    writes over `session.conn` commits with the rows or not at all, so a scan that was killed goes on after the last key
    saved, and makes nothing twice.
    `session.pass_id` must be a pass of its own, begun by outbox.start_pass. Raises what apply.apply raises.
    """
    keys = page_range(session, plan, after, limit)
    if keys is None:
        return None
    try:
        return _scan(session, plan, keys, save)
    except (psycopg.Error, RowsRefused) as exc:
        kind = kind_of(session.conn, exc)
        if kind == "mapping":
            raise as_ours(exc) from exc
        session.lock_waits += kind == "held"
        if keys.rows == 1 or (kind == "held" and session.lock_waits > MOST_LOCK_WAITS):
            return _ask(session, plan, keys, save)
    return _divide(session, plan, after, keys, save)


def _divide(session: Session, plan: Plan, after: str | None, keys: Keys, save: Callable[[Page], object] | None) -> Page:
    done = Page(keys.last, 0, Counts())
    half = keys.rows // 2
    for limit in (half, keys.rows - half):
        part = next_page(session, plan, after, limit, save)
        if part is None:
            break
        after = part.last_key
        done.counts.add(part.counts)
        done = Page(after, done.rows + part.rows, done.counts, done.is_asked or part.is_asked)
    return done


def page_range(session: Session, plan: Plan, after: str | None, limit: int) -> Keys | None:
    """The keys of the next `limit` source rows behind the record key `after`; None: no more rows."""
    statement = plan.statements["first page" if after is None else "next page"]
    with session.conn.transaction():
        outbox.trust_indexes(session.conn)
        row = batch.execute(session.conn, statement, {"limit": limit, "after": after}).fetchone()
    return None if row is None else Keys(*row)


def take(keys: Keys) -> batch.Take:
    """What a batch takes from the table."""
    values = {"first_key": keys.first, "last_key": keys.last, "least": keys.least, "greatest": keys.greatest}
    return batch.Take("scan", values, keys.rows)


def _scan(session: Session, plan: Plan, keys: Keys, save: Callable[[Page], object] | None) -> Page:
    page = Page(keys.last, keys.rows, Counts())

    def note(counts: Counts) -> None:
        page.counts.add(counts)
        if save is not None:
            save(page)

    batch.run(session, plan, take(keys), note)
    return page


def _ask(session: Session, plan: Plan, keys: Keys, save: Callable[[Page], object] | None) -> Page:
    """Ask for the rows in the outbox."""
    page = Page(keys.last, keys.rows, Counts(), is_asked=True)
    values = {"mapping": plan.mapping, "side": plan.route.side.value, "first_key": keys.first, "last_key": keys.last}
    with session.conn.transaction():
        batch.begin(session, plan)
        batch.execute(session.conn, plan.statements["ask for range"], values)
        if save is not None:
            save(page)
    return page
