"""A scan takes the table in pages: ranges of its key in the key's own order, whatever its type."""

from __future__ import annotations

import pytest

from pysync import batch, outbox, scan
from pysync.compiler import Compiler
from pysync.database import Connection
from pysync.model import Side
from pysync.plan import Plan
from pysync.scan import Keys
from pysync.session import Session
from tests.passes.conftest import Pair, whole

COMPOSITE = """
create table public.l (code text, "No" int, a text, primary key (code, "No"));
create table public.r (code text, no int, a text, primary key (code, no));
insert into public.l select c, n, c || n from unnest(array['b', 'A', 'a', 'ä', 'a"b', '']) c, generate_series(1, 12) n;
insert into sync.table_mapping (mapping_name, left_table, right_table, direction, coupled_only)
values ('ITEM', 'public.l', 'public.r', 'to_right', false);
insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
values ('ITEM', 1, 'code', 'code'), ('ITEM', 2, 'No', 'no'), ('ITEM', 3, 'a', 'a');
"""


@pytest.mark.parametrize("limit", [1, 5, 100])
@pytest.mark.parametrize("source", ["table", "view"])
def test_pages_follow_a_composite_key_of_any_collation(db: Connection, limit: int, source: str) -> None:
    db.execute(COMPOSITE.encode())
    if source == "view":
        db.execute(
            """
            create view public.v as select * from public.l;
            update sync.table_mapping set left_table = 'public.v', left_key = '{code,No}';
            """
        )
    pages = whole(db, Side.LEFT, limit=limit)
    assert sum(p.rows for p in pages) == sum(p.counts.inserted for p in pages) == 72
    assert db.execute("select * from public.l except select * from public.r").fetchall() == []
    assert len({p.last_key for p in pages}) == len(pages)


KEYS = {
    "bigint": "select (n * 37 % 101 - 50)::bigint from generate_series(0, 100) n",
    "uuid": "select md5(n::text)::uuid from generate_series(0, 100) n",
    "numeric": "select (n * 37 % 101) / 7.0 from generate_series(0, 100) n",
    "timestamptz": "select timestamptz '2024-03-30 22:00+00' + n * interval '17 min' from generate_series(0, 100) n",
    "bytea": "select decode(md5(n::text), 'hex') from generate_series(0, 100) n",
    "char(5)": "select n::text from generate_series(0, 100) n",
    "float8": "select (n * 37 % 101) / 7.0::float8 from generate_series(0, 99) n union all select 'nan'",
    "date": "select date '1999-01-01' + n from generate_series(0, 98) n union all "
    "select unnest('{infinity,-infinity}'::date[])",
}


@pytest.mark.parametrize("type_name", KEYS)
def test_keys_of_any_type_are_paged_by_their_own_order(db: Connection, type_name: str) -> None:
    for table in ("l", "r"):
        db.execute(f"create table public.{table} (id {type_name} primary key)".encode())
    db.execute(f"insert into public.l {KEYS[type_name]}".encode())
    db.execute(
        """
        insert into sync.table_mapping (mapping_name, left_table, right_table, direction, coupled_only)
        values ('ITEM', 'public.l', 'public.r', 'to_right', false);
        insert into sync.field_mapping (mapping_name, field_no, left_column, right_column)
        values ('ITEM', 1, 'id', 'id');
        """
    )
    pages = whole(db, Side.LEFT, limit=7)
    assert sum(p.rows for p in pages) == sum(p.counts.inserted for p in pages) == 101
    assert db.execute("select * from public.l except select * from public.r").fetchall() == []


def test_rows_without_a_key_are_passed_over(db: Connection) -> None:
    db.execute(
        """
        create table public.l (id int unique, a text); create table public.r (id int primary key, a text);
        insert into public.l values (1, 'x'), (null, 'y'), (2, 'z');
        insert into sync.table_mapping (mapping_name, left_table, left_key, right_table, direction, right_new_key,
          coupled_only) values ('ITEM', 'public.l', '{id}', 'public.r', 'to_right', 'id', false);
        insert into sync.field_mapping (mapping_name, field_no, left_column, right_column) values ('ITEM', 1, 'a', 'a');
        """
    )
    assert [(p.rows, p.counts.inserted) for p in whole(db, Side.LEFT, limit=1)] == [(1, 1), (1, 1)]
    assert db.execute("select * from public.r order by 1").fetchall() == [(1, "x"), (2, "z")]


def test_a_page_is_a_range_of_the_keys_own_index(db: Connection) -> None:
    db.execute(COMPOSITE.encode())
    compiler = Compiler(db)
    compiler.refresh()
    statements = compiler.plan("ITEM", Side.LEFT).statements
    with db.transaction():
        outbox.trust_indexes(db)
        rows = db.execute(b"explain " + statements["next page"].sql.encode(), ["5", '["a", "3"]']).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert "l_pkey" in plan
    assert "Index Cond" in plan
    assert "Sort" not in plan


def planned(pair: Pair, *keys: int) -> tuple[Session, Plan, Keys]:
    """A page with these new rows, about to be scanned."""
    pair.configure(direction=pair.source.direction)
    compiler = Compiler(pair.db)
    compiler.refresh()
    session = Session(pair.db, pass_id=outbox.start_pass(pair.db, "full"))
    plan = compiler.plan("ITEM", pair.source)
    for key in keys:
        pair.insert(pair.source, key, "new", key)
    pair.db.execute("delete from sync.outbox")
    page = scan.page_range(session, plan, None, len(keys))
    assert page is not None
    return session, plan, page


# As a text "10" comes before "5", where no couple is looked for: it is looked up by itself.
@pytest.mark.parametrize("meanwhile", [10, 50])
def test_a_couple_that_came_into_a_page_since_it_was_planned_is_seen(pair: Pair, meanwhile: int) -> None:
    session, plan, page = planned(pair, 5, 60)
    assert (page.first, page.last, page.least, page.greatest) == ("5", "60", "5", "60")
    pair.in_step(meanwhile)
    counts = batch.run(session, plan, scan.take(page))
    assert (counts.inserted, counts.unchanged) == (2, 1)


def test_a_page_without_couples_looks_none_up(pair: Pair) -> None:
    """A first load is spared a look-up a row."""
    pair.couple(1000, 1000)
    session, plan, page = planned(pair, *range(20, 99))
    batch.measure(session, plan, scan.take(page))
    statement = plan.statements["scan"]
    with pair.db.transaction(force_rollback=True):
        batch.begin(session, plan)
        values = {"mapping": "ITEM", "side": pair.source.value, **scan.take(page).values}
        explain = b"explain (analyze, costs off) " + statement.sql.encode()
        rows = pair.db.execute(explain, [values[p] for p in statement.parameters]).fetchall()
    lookups = [line for (line,) in rows if " on coupling c" in line]
    assert lookups
    assert all("never executed" in line for line in lookups), rows
