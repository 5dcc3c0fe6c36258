"""Figures: the pack `contacts` in bulk. New customers with their contacts, and a phone number for every contact."""

from __future__ import annotations

from bench import engine
from bench.figure import Figure, alternate, rate_note, ratios
from bench.workload import Bed, Connection, seconds, sections
from pysync import migrate, pack
from pysync.runner import Runner

SQL = sections("contacts.sql")
# Of a hundred contacts as many are vendors as well.
VENDORS = 30


def contacts(bed: Bed, rows: int, runs: int) -> list[Figure]:
    """What an application waits for while the cards are made, then the drain of a change of all of them."""
    made: list[float] = []

    def fill(conn: Connection) -> None:
        _install(conn)
        made.append(_make(conn, rows) * 1e6 / rows)
        with engine.own_connection(conn) as own:
            Runner(own).run()

    template = bed.template(f"bench_contacts_{rows}", fill)
    cards = rows + rows * VENDORS // 100

    def by_floor() -> float:
        with bed.clone(template) as conn:
            conn.execute("select sync.disable_capture()")
            conn.execute(SQL["phone"].encode())
            return seconds(lambda: conn.execute(SQL["floor"].encode()))

    def by_engine() -> float:
        with bed.clone(template) as conn:
            conn.execute(SQL["phone"].encode())
            return engine.drain(conn, cards)

    (times,) = alternate(runs, by_floor, by_engine)
    return [
        Figure("contacts", "new customers with contact and couple", "µs per customer", tuple(made)),
        Figure(
            "contacts",
            "a phone number for every contact: customers and vendors",
            "time / floor",
            ratios(times),
            # No goal: the floor captures nothing and keeps nothing for undo or conflicts.
            note=rate_note(cards, times),
        ),
    ]


def _install(conn: Connection) -> None:
    migrate.upgrade(engine.dsn(conn))
    with engine.own_connection(conn) as own:
        pack.install(own, pack.find("contacts"), with_data=False)


def _make(conn: Connection, rows: int) -> float:
    taken = seconds(lambda: conn.execute(SQL["customers"].encode(), {"rows": rows}))
    conn.execute(SQL["vendors"].encode(), {"vendors": rows * VENDORS // 100})
    return taken
