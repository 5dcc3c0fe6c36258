"""A database with the pack `contacts`, told by what people type and read."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from tests.commands.conftest import Answer, Pysync, pysync

__all__ = ["Nav", "dsn", "nav", "pysync"]

Database = psycopg.Connection[TupleRow]
KINDS = ("customer", "vendor", "bank_account")


class Nav:
    """The cards of one system, and passes over them."""

    def __init__(self, db: Database, pysync: Pysync) -> None:
        self.db = db
        self.pysync = pysync

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query; of a statement without rows, none."""
        cursor = self.db.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def type(self, statement: str, *values: Any) -> None:
        """What somebody types: exactly one card changes."""
        assert self.db.execute(statement.encode(), values or None).rowcount == 1

    def setup(self, **values: str) -> None:
        """Change the marketing set-up."""
        self.set("marketing_setup", "", **values)

    def make(self, table: str, **values: Any) -> str:
        """A new card; gives its number."""
        query = sql.SQL("insert into nav.{} ({}) values ({}) returning no").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.Identifier(name) for name in values),
            sql.SQL(", ").join(sql.SQL("$") + sql.Literal(n + 1) for n in range(len(values))),
        )
        row = self.db.execute(query, list(values.values())).fetchone()
        assert row is not None
        return str(row[0])

    def set(self, table: str, key: str, /, **values: Any) -> None:
        """Change a card."""
        column = "primary_key" if table == "marketing_setup" else "no"
        query = sql.SQL("update nav.{} set {} where {} = $1").format(
            sql.Identifier(table),
            sql.SQL(", ").join(
                sql.SQL("{} = ${}").format(sql.Identifier(name), sql.Literal(n + 2)) for n, name in enumerate(values)
            ),
            sql.Identifier(column),
        )
        assert self.db.execute(query, [key, *values.values()]).rowcount == 1

    def get(self, table: str, no: str, *columns: str) -> Any:
        """Columns of a card: a value, or a tuple of several; None when there is no such card."""
        query = sql.SQL("select {} from nav.{} where no = $1").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
        )
        row = self.db.execute(query, (no,)).fetchone()
        return row if row is None or len(row) > 1 else row[0]

    def count(self, table: str) -> int:
        """How many cards of a kind there are."""
        row = self.db.execute(sql.SQL("select count(*) from nav.{}").format(sql.Identifier(table))).fetchone()
        assert row is not None
        return int(row[0])

    def contact_of(self, kind: str, no: str) -> str | None:
        """The contact that a card is linked to."""
        rows = self.ask(
            "select contact_no from nav.contact_business_relation where link_to_table = $1 and no = $2",
            KINDS.index(kind) + 1,
            no,
        )
        return str(rows[0][0]) if rows else None

    def roles(self, *kinds: str, **values: Any) -> tuple[str, ...]:
        """A company contact with a card of each kind, all in step; gives the numbers, the contact's first."""
        contact = self.make("contact", name="Moorland Hotels", **values)
        found = [contact]
        for kind in kinds:
            ((_, no, problem),) = self.ask("select * from nav.create_from_contacts($1, array[$2::text])", kind, contact)
            assert problem is None
            found.append(no)
        # They were made alike: a pass would find nothing to bring, and take its time.
        self.ask("delete from sync.outbox")
        return tuple(found)

    def apart(self, kind: str, **values: Any) -> str:
        """A card without a contact, as from before the set-up had codes."""
        self.setup(bus_rel_code_for_customers="", bus_rel_code_for_vendors="", bus_rel_code_for_bank_accs="")
        no = self.make(kind, **values)
        self.setup(
            bus_rel_code_for_customers="CUST", bus_rel_code_for_vendors="VEND", bus_rel_code_for_bank_accs="BANK"
        )
        return no

    def link(self, kind: str, contact: str, no: str, master: str = "contact") -> str | None:
        """Link two cards; gives what stood in the way."""
        ((_, _, problem),) = self.ask(
            "select * from nav.link($1, array[$2::text], array[$3::text], $4)", kind, contact, no, master
        )
        return None if problem is None else str(problem)

    def relations(self) -> list[tuple[Any, ...]]:
        """All business relations."""
        return self.ask(
            "select contact_no, business_relation_code, link_to_table, no"
            " from nav.contact_business_relation order by 1, 3"
        )

    def couples(self) -> list[tuple[Any, ...]]:
        """All couples."""
        return self.ask("select mapping_name, left_key, right_key from sync.coupling order by 1, 2")

    def label(self, contact: str) -> int:
        """What a contact says it is to us."""
        return int(self.get("contact", contact, "contact_business_relation"))

    def run(self, code: int = 0) -> Answer:
        """A pass that leaves nothing for a second one."""
        answer = self.pysync("run")
        assert answer.code == code, answer
        assert self.ask("select mapping_name, side, record_key from sync.outbox") == []
        return answer

    def is_calm(self) -> bool:
        """Whether a pass finds nothing to write."""
        counts = self.pysync("run", "--json").data["mappings"]
        return not any(row["inserted"] or row["modified"] or row["deleted"] for row in counts)


@pytest.fixture
def dsn(contacts_dsn: str) -> str:
    """The pack without sample data, captured."""
    return contacts_dsn


@pytest.fixture
def nav(db: Database, pysync: Pysync) -> Nav:
    return Nav(db, pysync)
