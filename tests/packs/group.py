"""A database with the pack `intercompany`, told by what people of each company type and read."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from tests.commands.conftest import Answer, Pysync, pysync

__all__ = ["group", "pysync"]

Database = psycopg.Connection[TupleRow]
Info = tuple[str, str]
LEGS = {"P1": ("purchase", "ORIG_SO__IC_PO"), "P2": ("purchase", "IC_PO__IC_SO"), "S": ("sales", "IC_SO__IC_PO")}


class Group:
    """The companies of a group, told by what people of each company type and read."""

    def __init__(self, db: Database, pysync: Pysync) -> None:
        self.db = db
        self.pysync = pysync
        assert pysync("pack", "install", "intercompany", "--no-data").code == 0
        db.execute("insert into ic.company (company_id) values ('A'), ('B'), ('C'), ('D')")

    def relate(self, buyer: str, seller: str, **toggles: bool) -> None:
        """A trading relation; its toggles P1, P2 and S."""
        self.db.execute(
            "insert into ic.trading_relation (buying_company_id, vendor_account, selling_company_id, customer_account)"
            " values ($1::text, 'V' || $2::text, $2::text, 'K' || $1::text)",
            (buyer, seller),
        )
        self.toggle(buyer, seller, **{"P1": False, "P2": False, "S": False, **toggles})

    def toggle(self, buyer: str, seller: str, **toggles: bool) -> None:
        """Set the field Customer information on legs of a relation."""
        for name, is_on in toggles.items():
            self.db.execute(
                """
                update ic.sync_policy s set customer_info = $1
                  from ic.action_policy p join ic.trading_relation r using (relation_id)
                 where p.policy_id = s.policy_id and r.buying_company_id = $2 and r.selling_company_id = $3
                   and p.side = $4 and s.leg = $5
                """,
                (is_on, buyer, seller, *LEGS[name]),
            )

    def order(self, company: str, sales_id: str, info: Info, *sellers: str, customer: str = "external") -> None:
        """A sales order whose lines are bought from the named companies."""
        self.db.execute(
            "insert into ic.sales_order (company_id, sales_id, cust_account, customer_ref, customer_requisition)"
            " values ($1, $2, $3, $4, $5)",
            (company, sales_id, customer, *info),
        )
        self.lines(company, sales_id, *sellers)

    def lines(self, company: str, sales_id: str, *sellers: str) -> None:
        """Lines of an order, bought from the named companies."""
        self.db.execute(
            "insert into ic.sales_line (order_rec_id, line_no, item_id, vendor_account)"
            " select o.rec_id, n, 'item', 'V' || s"
            " from ic.sales_order o, unnest($3::text[]) with ordinality as t (s, n)"
            " where o.company_id = $1 and o.sales_id = $2",
            (company, sales_id, list(sellers)),
        )

    def run(self, code: int = 0) -> Answer:
        answer = self.pysync("run")
        assert answer.code == code, answer
        return answer

    def waits(self) -> int:
        row = self.db.execute("select count(*) from sync.outbox").fetchone()
        assert row is not None
        return int(row[0])

    def sale(self, company: str, of: str | None = None) -> Info | None:
        """Customer reference and requisition of a company's order: its own, or the one made for the buyer `of`."""
        return self._info("sales_order", "customer_ref, customer_requisition", company, of)

    def purchase(self, company: str, seller: str) -> Info | None:
        """Vendor reference and requisition of the purchase order to a company."""
        return self._info("purchase_order", "vendor_ref, ic_customer_requisition", company, seller)

    def _info(self, table: str, columns: str, company: str, other: str | None) -> Info | None:
        query = psycopg.sql.SQL("select {} from ic.{} where company_id = $1 and ic_company_id = $2").format(
            psycopg.sql.SQL(columns), psycopg.sql.Identifier(table)
        )
        rows = self.db.execute(query, (company, other or "")).fetchall()
        assert len(rows) <= 1
        return rows[0] if rows else None

    def type(self, statement: str, *values: Any) -> None:
        """What somebody types: exactly one order changes."""
        assert self.db.execute(statement.encode(), values).rowcount == 1


@pytest.fixture
def group(db: Database, pysync: Pysync) -> Group:
    return Group(db, pysync)
