"""The whole story on sample data: edits on both sides, a pass after each, and what it did and why.

Nothing is made up: every table is queried, and every statement is printed before it runs.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import sql

from pysync import examine, mapping, pack, report, summary, why
from pysync.apply import Change
from pysync.outbox import Connection
from pysync.pack import Pack
from pysync.plan import Plan
from pysync.runner import Runner

PACK = "business_central_sales"
_MARK = "Made by pysync demo: the next demo drops it."

_TABLES = """
select distinct s.system_name, n.nspname, c.relname
from sync.system s
join pg_catalog.pg_namespace n on n.nspname = s.schema_name
join pg_catalog.pg_class c on c.relnamespace = n.oid
join sync.table_mapping m on c.oid in (sync_private.find_table(m.left_table), sync_private.find_table(m.right_table))
where m.mapping_name = any ($1)
order by 1, 2, 3
"""
_MAPPINGS = """
select m.mapping_name as mapping, m.left_table as "left", m.right_table as "right", m.direction,
    (select count(*) from sync.field_mapping f where f.mapping_name = m.mapping_name) as fields,
    (select count(*) from sync.coupling c where c.mapping_name = m.mapping_name) as coupled
from sync.table_mapping m where m.mapping_name = any ($1) order by 1
"""
_CUSTOMERS = """
select c.no, c.name, c.city, a.name as "account in CRM", a.address1_city as city
from bc.customer c
left join sync.coupling k on k.mapping_name = 'CUSTOMER' and k.left_key = c.no
left join crm.account a on a.accountid::text = k.right_key
order by c.no
"""
_PAIR = """
select c.no, c.name, c.credit_limit_lcy as credit, c.phone_no as phone, a.creditlimit as "credit in CRM",
    a.telephone1 as "phone in CRM"
from bc.customer c
left join sync.coupling k on k.mapping_name = 'CUSTOMER' and k.left_key = c.no
left join crm.account a on a.accountid::text = k.right_key
where c.no = any ($1) order by c.no
"""
_EMAILS = """
select c.no, c.name, c.email as "e-mail in ERP", a.emailaddress1 as "e-mail in CRM"
from bc.customer c
left join sync.coupling k on k.mapping_name = 'CUSTOMER' and k.left_key = c.no
left join crm.account a on a.accountid::text = k.right_key
where c.no = $1
"""
_ACCOUNT = """
select k.left_key as customer, k.right_key as account, a.accountid is not null as "is there"
from sync.coupling k left join crm.account a on a.accountid::text = k.right_key
where k.mapping_name = 'CUSTOMER' and k.left_key = $1
"""
_COUPLE = """
select format('select sync.couple(%L, %L, %L);', 'SALESPEOPLE', s.code, u.systemuserid)
from bc.salesperson_purchaser s join crm.systemuser u on u.internalemailaddress = s.email
where s.code = 'SV'
"""
_RESOLVE = """
select format('select sync.resolve_conflict(%s, %L);', max(c.conflict_id), 'right')
from sync.conflict c where c.mapping_name = 'CUSTOMER' and c.resolved_at is null
"""
_PROBLEMS = "select * from sync.problem where mapping_name = any ($1) order by kind, mapping_name, record_key"
_STATUS = """
select mapping_name as mapping, couplings as coupled, waiting_entries as waiting, parked, open_conflicts as conflicts
from sync.mapping_status where mapping_name = any ($1) order by 1
"""


def owner(conn: Connection) -> Literal["nobody", "demo", "somebody"]:
    """Who made the pack's schemas in this database."""
    rows = conn.execute(
        "select obj_description(oid, 'pg_namespace') from pg_catalog.pg_namespace where nspname = any ($1)",
        [list(pack.find(PACK).schemas)],
    ).fetchall()
    if not rows:
        return "nobody"
    return "demo" if all(row[0] == _MARK for row in rows) else "somebody"


def prepare(conn: Connection) -> tuple[str, ...]:
    """The pack as it is delivered, whatever was there; gives its mappings."""
    found = pack.find(PACK)
    if pack.present(conn, found):
        report.line(f"starting over: dropping schema {', '.join(found.schemas)}")
        pack.remove(conn, found)
    report.line(f"installing {found.title}")
    with conn.transaction():
        names = pack.install(conn, found)
        _mark(conn, found)
    return names


def _mark(conn: Connection, found: Pack) -> None:
    for schema in found.schemas:
        comment = sql.SQL("comment on schema {} is {}").format(sql.Identifier(schema), sql.Literal(_MARK))
        conn.execute(comment)


def tell(conn: Connection, names: tuple[str, ...]) -> None:
    """Tell the story from its beginning to its end."""
    story = _Story(conn, names, Runner(conn))
    for chapter in (_beginning, _edits, _reference, _conflict, _deletion, _end):
        chapter(story)


@dataclass(slots=True)
class _Story:
    """A connection that shows what it does."""

    conn: Connection
    names: tuple[str, ...]
    runner: Runner
    chapter: int = 0

    def title(self, text: str, *told: str) -> None:
        self.chapter += 1
        report.heading(f"{self.chapter}. {text}")
        for part in told:
            report.paragraph(part)

    def say(self, text: str) -> None:
        report.line()
        report.paragraph(text)

    def do(self, who: str, statement: str) -> None:
        """Print a statement, then run it."""
        text = textwrap.dedent(statement).strip()
        report.line()
        report.line(f"-- {who}", style="dim")
        for part in text.splitlines():
            report.line(part, style="cyan")
        self.conn.execute(text.encode())

    def show(self, query: str, *values: Any) -> None:
        """Print the answer to a query."""
        cursor = self.conn.execute(query.encode(), values)
        rows = cursor.fetchall()
        headings = [column.name for column in cursor.description or ()]
        right = [i for i in range(len(headings)) if rows and all(isinstance(row[i], int) for row in rows)]
        report.line()
        report.table(headings, rows, numbers=right)

    def count(self) -> None:
        """Print how many rows each mapped table has."""
        rows = []
        for system, schema, name in self.conn.execute(_TABLES, [list(self.names)]).fetchall():
            query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
            rows.append((system, f"{schema}.{name}", *(self.conn.execute(query).fetchone() or ())))
        report.line()
        report.table(("system", "table", "rows"), rows, numbers=(2,))

    def run(self) -> None:
        """A pass, field by field."""
        report.line()
        report.line("$ pysync run", style="bold")
        changes: list[tuple[Plan, Change]] = []
        self.runner.session.on_changes = lambda plan, found: changes.extend((plan, change) for change in found)
        result = self.runner.run(self.names)
        summary.show_changes(changes)
        summary.show_pass(result, [])

    def why(self, name: str, key: str) -> None:
        """What `pysync why` says."""
        report.line()
        report.line(f"$ pysync why {name} {key}", style="bold")
        self.runner.compiler.refresh()
        (row,) = mapping.load(self.conn, [name])
        place = examine.locate(self.conn, name, key)
        summary.show_reasons(why.judge(self.conn, self.runner.compiler, row, place, report.shown))

    def problems(self) -> None:
        """What `pysync problems` says."""
        report.line()
        report.line("$ pysync problems", style="bold")
        cursor = self.conn.execute(_PROBLEMS.encode(), [list(self.names)])
        columns = [column.name for column in cursor.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor]
        summary.show_problems(rows)
        if not rows:
            report.line("no problems")

    def policy(self, column: str) -> str:
        """A column of the mapping CUSTOMER."""
        query = sql.SQL("select {} from sync.table_mapping where mapping_name = 'CUSTOMER'")
        row = self.conn.execute(query.format(sql.Identifier(column))).fetchone()
        return str(row[0]) if row else ""

    def one(self, query: str) -> str:
        """A single text: a statement that names what only the database knows."""
        row = self.conn.execute(query.encode()).fetchone()
        assert row is not None
        return str(row[0])


def _beginning(story: _Story) -> None:
    story.title(
        "Two systems in one database",
        "Business Central (bc, the left side) and Sales (crm, the right side) have tables of different shape, keys and "
        "types. Their applications know nothing of each other, nor of pysync.",
    )
    story.count()
    story.say("Mapping rows say which table and field is which. Couplings remember which record is which:")
    story.show(_MAPPINGS, list(story.names))
    story.say("Customers with an account beside them are coupled. They are in step, so a pass has nothing to do.")
    story.show(_CUSTOMERS)
    story.run()


def _edits(story: _Story) -> None:
    story.title(
        "Edits on both sides",
        "As delivered, only coupled records travel. A DBA decides that new customers and contacts do too. "
        "Then people work: a new customer in the ERP; a phone number in the CRM, and the credit limit of the "
        "same customer in the ERP.",
    )
    story.do(
        "DBA",
        "update sync.table_mapping set coupled_only = false where mapping_name in ('CUSTOMER', 'CONTACT');",
    )
    story.do(
        "ERP",
        """
        insert into bc.customer (no, name, city, phone_no, payment_terms_code, salesperson_code)
        values ('C00130', 'Wharf Lane Bakery', 'Hull', '+44 1482 555 130', 'NET30', 'HB');
        update bc.customer set credit_limit_lcy = 18000 where no = 'C00010';
        """,
    )
    story.do("CRM", "update crm.account set telephone1 = '+44 117 555 0199' where name = 'Harbour Street Furnishings';")
    story.run()
    story.say(
        "Only what changed travelled, both ways, and the two edits of one customer met without a conflict. The "
        "payment terms became an option number, the salesperson became the account's owner."
    )
    story.show(_PAIR, ["C00010", "C00130"])


def _reference(story: _Story) -> None:
    story.title(
        "A salesperson who is not coupled",
        "Sofie Vos (SV) is in both systems, but nobody has said that she is the same person. A customer of hers "
        "cannot get its owner, so it waits; nothing of it is written, and nobody else waits for it.",
    )
    story.do(
        "ERP",
        """
        insert into bc.customer (no, name, city, salesperson_code)
        values ('C00140', 'Elm Court Dental', 'Bath', 'SV');
        update bc.customer set city = 'Clifton' where no = 'C00020';
        """,
    )
    story.run()
    story.why("CUSTOMER", "C00140")
    story.say("Coupling her wakes the customer:")
    story.do("DBA", story.one(_COUPLE))
    story.run()


def _conflict(story: _Story) -> None:
    story.title(
        "The same field on both sides",
        "Both systems change the e-mail address of one customer. The mapping's update_conflict is "
        f"{story.policy('update_conflict')}: nothing is overwritten, both values are kept, and a person decides.",
    )
    story.do("ERP", "update bc.customer set email = 'studio@aldgatedesign.example' where no = 'C00020';")
    story.do(
        "CRM",
        """
        update crm.account set emailaddress1 = 'desk@aldgatedesign.example'
        where name = 'Aldgate Design Studio';
        """,
    )
    story.run()
    story.problems()
    story.say("The address of the CRM is the right one:")
    story.do("DBA", story.one(_RESOLVE))
    story.run()
    story.show(_EMAILS, "C00020")


def _deletion(story: _Story) -> None:
    story.title(
        "A deletion",
        "Somebody in Sales deletes the account of the new bakery. The mapping's on_right_delete is "
        f"{story.policy('on_right_delete')}: the customer stays, and the deletion is parked for a person.",
    )
    story.do("CRM", "delete from crm.account where name = 'Wharf Lane Bakery';")
    story.run()
    story.why("CUSTOMER", "C00130")
    story.say("The DBA prefers that such accounts come back: one mapping row more decided, then a retry.")
    story.do(
        "DBA",
        """
        update sync.table_mapping set on_right_delete = 'restore' where mapping_name = 'CUSTOMER';
        select sync.retry('CUSTOMER');
        """,
    )
    story.run()
    story.show(_ACCOUNT, "C00130")


def _end(story: _Story) -> None:
    story.title("In step again", "A pass with nothing to do writes nothing at all.")
    story.run()
    story.problems()
    story.show(_STATUS, list(story.names))
