"""The office supplier of the Business Central and Sales pack: what tests over its documents say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from pysync.runner import PassResult, Runner


@dataclass(frozen=True, slots=True)
class Office:
    """The pack with its sample data in a database that the tests of a module share, each with records of its own."""

    db: psycopg.Connection[TupleRow]
    runner: Runner

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of a query with `$1` parameters; of a statement without rows, none."""
        cursor = self.db.execute(sql.encode(), list(values) or None)
        return cursor.fetchall() if cursor.description else []

    def one(self, sql: str, *values: object) -> Any:
        """The only value a query gives, None for no row."""
        found = self.ask(sql, *values)
        assert len(found) <= 1, f"{len(found)} rows: {sql}"
        return found[0][0] if found else None

    def sync(self, *names: str) -> PassResult:
        """One pass over all mappings, or over the named ones."""
        result = self.runner.run(names)
        assert result.faults == {}
        return result

    def rest(self) -> PassResult:
        """A pass that leaves nothing for a second one."""
        result = self.sync()
        assert self.ask("select mapping_name, side, record_key from sync.outbox") == []
        assert self.sync().counts == {}
        return result

    def problems(self, mapping: str) -> list[str]:
        """What sync.problem says of a mapping."""
        return [text for (text,) in self.ask("select message from sync.problem where mapping_name = $1", mapping)]

    def coupled(self, mapping: str, left_key: str) -> str | None:
        """The right key of a couple."""
        found = self.one(
            "select right_key from sync.coupling where mapping_name = $1 and left_key = $2", mapping, left_key
        )
        return None if found is None else str(found)

    def submit(
        self,
        number: str,
        *lines: tuple[object, ...],
        account: str = "acc00000-0000-4000-8000-000000000020",
        **columns: str,
    ) -> str:
        """An order of Sales, submitted; a line is (product number, quantity, price, tax) and its further columns."""
        given = {"ordernumber": number, "name": f"Order {number}", "customerid": account} | columns
        values = ", ".join(f"${i}" for i in range(1, len(given) + 1))
        order = self.one(
            f"insert into crm.salesorder ({', '.join(given)}) values ({values}) returning salesorderid::text",  # noqa: S608
            *given.values(),
        )
        for position, (product, quantity, price, tax, *rest) in enumerate(lines, start=1):
            further: dict[str, str] = rest[0] if rest else {}  # type: ignore[assignment]
            self.line(str(order), position, product, quantity, price, tax, **further)
        self.ask("update crm.salesorder set statecode = 1 where salesorderid = $1::uuid", order)
        return str(order)

    def line(
        self,
        order: str,
        position: int,
        product: object,
        quantity: object,
        price: object,
        tax: object = 0,
        **columns: str,
    ) -> None:
        """A line of an order of Sales."""
        given = {"description": None, "manualdiscountamount": "0", "volumediscountamount": "0"} | columns
        self.ask(
            "insert into crm.salesorderdetail (salesorderid, lineitemnumber, productid, quantity, priceperunit, tax,"
            " description, manualdiscountamount, volumediscountamount) select $1::uuid, $2::integer,"
            " (select p.productid from crm.product p where p.productnumber = $3), $4::numeric, $5::numeric,"
            " $6::numeric, $7, $8::numeric, $9::numeric",
            order,
            position,
            product,
            quantity,
            price,
            tax,
            *given.values(),
        )
