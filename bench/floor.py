"""The floor: runs the hand-written SQL of floor.sql."""

from __future__ import annotations

from bench.workload import Connection, sections

SQL = sections("floor.sql")
CHUNK = 10_000


def capture(conn: Connection, *sides: str) -> None:
    """Put the floor's triggers on the tables."""
    for side in sides or ("left",):
        conn.execute(SQL[f"capture {side}"].encode())


def load(conn: Connection) -> None:
    """First load: every customer becomes an account, coupled."""
    conn.execute(SQL["load"].encode())


def drain(conn: Connection, *, chunk: int = CHUNK) -> int:
    """Customers to accounts, until the outbox is empty; gives the records worked on."""
    return _drain(conn, ("batch", "claim", "couple", "update", "insert", "touch"), chunk)


def drain_right(conn: Connection, *, chunk: int = CHUNK) -> int:
    """Accounts to customers."""
    return _drain(conn, ("batch right", "claim right", "update right", "touch right"), chunk)


def _drain(conn: Connection, steps: tuple[str, ...], chunk: int) -> int:
    create, claim, *rest = (SQL[name].encode() for name in steps if name in SQL)
    # Whatever the statistics of the batch say, only looking rows up by key stays right.
    conn.execute(
        "set jit = off; set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off;"
        " set floor.draining = 'on'"
    )
    conn.execute(create)
    total = 0
    while True:
        with conn.transaction():
            claimed = conn.execute(claim, {"chunk": chunk}).rowcount
            for step in rest if claimed else ():
                conn.execute(step)
        if not claimed:
            return total
        total += claimed
