"""What people of both systems do all day, drawn by a seed: new customers, phones, orders, invoices, prices, notes."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable

import psycopg

from pysync import database

# Refusals that people meet: a row that is gone, a number taken, a lock, a rule of their own system.
_REFUSED = (psycopg.errors.IntegrityError, psycopg.errors.NoDataFound, psycopg.errors.TransactionRollback)
Edit = Callable[["Person"], None]


class Person(threading.Thread):
    """Works in one system at a pace until the time is over; counts what it did."""

    def __init__(self, dsn: str, side: str, seed: int, until: float, pace: float) -> None:
        super().__init__(name=f"{side} {seed}", daemon=True)
        self.dsn, self.side, self.until, self.pace = dsn, side, until, pace
        self.random = random.Random(seed)  # noqa: S311 - a script, not a secret
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.error: BaseException | None = None

    def run(self) -> None:
        """Edits drawn by weight, each a transaction."""
        edits = BC if self.side == "bc" else CRM
        names = list(edits)
        weights = [edits[name][0] for name in names]
        try:
            with database.connect(self.dsn, application_name=f"people of {self.side}") as self.conn:
                following = time.monotonic()
                while time.monotonic() < self.until:
                    (name,) = self.random.choices(names, weights)
                    self._do(name, edits[name][1])
                    following += 1 / self.pace
                    time.sleep(max(0.0, following - time.monotonic()))
        except BaseException as exc:
            self.error = exc

    def _do(self, name: str, edit: Edit) -> None:
        try:
            with self.conn.transaction():
                edit(self)
            self.done[name] += 1
        except _REFUSED:
            self.refused[name] += 1

    def sql(self, text: str, *values: object) -> None:
        """A statement; `{n}` is a number of this person's own."""
        self.conn.execute(text.encode(), list(values) or None)

    def pick(self, source: str) -> str | None:
        """A key of a table, drawn by the seed; None when there is none."""
        counted = self.conn.execute(f"select count(*) from ({source}) as k".encode()).fetchone()  # noqa: S608 - own text
        count = counted[0] if counted else 0
        if not count:
            return None
        query = f"select k::text from ({source}) as s (k) order by 1 offset $1 limit 1"  # noqa: S608 - own text
        row = self.conn.execute(query.encode(), [self.random.randrange(count)]).fetchone()
        return str(row[0]) if row else None

    def word(self) -> str:
        """A word nobody used before."""
        return f"{self.name} {self.random.randrange(10**9)}"


def _change(source: str, statement: str, value: Callable[[Person], object] = Person.word) -> Edit:
    """An edit of a row drawn from `source`: `$1` is its key, `$2` the new value."""

    def edit(person: Person) -> None:
        key = person.pick(source)
        if key is not None:
            person.sql(statement, key, value(person))

    return edit


def _add(statement: str) -> Edit:
    return lambda person: person.sql(statement, person.word())


def _act(source: str, statement: str) -> Edit:
    """What is done to a row drawn from `source`, without a value."""

    def edit(person: Person) -> None:
        key = person.pick(source)
        if key is not None:
            person.sql(statement, key)

    return edit


def _amount(person: Person) -> str:
    return f"{person.random.randrange(100, 99999) / 100:.2f}"


def _order(person: Person) -> None:
    """An order of one to four lines, written and submitted at once."""
    account = person.pick("select accountid from crm.account where customertypecode = 3 and statecode = 0")
    number = f"S-{person.word()}"[:100]
    person.sql(
        "insert into crm.salesorder (ordernumber, name, customerid, freightamount, discountpercentage)"
        " values ($1, $1, $2::uuid, $3::numeric, $4::numeric)",
        number,
        account,
        "25" if person.random.random() < 0.3 else None,
        "3" if person.random.random() < 0.2 else None,
    )
    for position in range(1, person.random.randint(1, 4) + 1):
        product = person.pick("select productid from crm.product where statecode = 0")
        is_write_in = person.random.random() < 0.1
        person.sql(
            "insert into crm.salesorderdetail (salesorderid, lineitemnumber, productid, quantity, priceperunit, tax,"
            " description) select salesorderid, $2::integer, $3::uuid, $4::numeric, $5::numeric, 0, $6"
            " from crm.salesorder where ordernumber = $1",
            number,
            position,
            None if is_write_in else product,
            person.random.randint(1, 9),
            _amount(person),
            "special " * 20 if is_write_in else None,
        )
    person.sql("update crm.salesorder set statecode = 1 where ordernumber = $1", number)


_OPEN = "select no from bc.sales_header h join bc.incoming_order o on o.sales_order_id = h.system_id where status = {}"
_CUSTOMERS = "select no from bc.customer"
_ACCOUNTS = "select accountid from crm.account"
_INVOICES = "select entry_no from bc.cust_ledger_entry where document_type = 2"

BC: dict[str, tuple[int, Edit]] = {
    "phone of a customer": (20, _change(_CUSTOMERS, "update bc.customer set phone_no = left($2, 30) where no = $1")),
    "credit limit": (
        6,
        _change(_CUSTOMERS, "update bc.customer set credit_limit_lcy = $2::numeric where no = $1", _amount),
    ),
    "new customer": (
        6,
        _add("insert into bc.customer (name, city, salesperson_code) values (left($1, 100), 'Leeds', 'HB')"),
    ),
    "e-mail of a contact": (
        8,
        _change("select no from bc.contact where type = 1", "update bc.contact set email = left($2, 80) where no = $1"),
    ),
    "price of an item": (
        8,
        _change("select no from bc.item", "update bc.item set unit_price = $2::numeric where no = $1", _amount),
    ),
    "new opportunity": (
        4,
        _add("insert into bc.opportunity (description, salesperson_code) values (left($1, 100), 'LM')"),
    ),
    "opportunity described": (
        5,
        _change("select no from bc.opportunity", "update bc.opportunity set description = left($2, 100) where no = $1"),
    ),
    "opportunity won": (
        3,
        _act(
            "select no from bc.opportunity where not closed",
            "update bc.opportunity set status = 2, closed = true, date_closed = current_date where no = $1",
        ),
    ),
    "order released": (10, _act(_OPEN.format(0), "update bc.sales_header set status = 1 where no = $1")),
    "released order changed": (
        5,
        _change(_OPEN.format(1), "update bc.sales_header set ship_to_city = left($2, 30) where no = $1"),
    ),
    "order posted": (6, _act(_OPEN.format(1), "select bc.post_sales_order($1)")),
    "order deleted": (1, _act(_OPEN.format(0), "delete from bc.sales_header where no = $1")),
    "invoice paid in part": (
        5,
        _act(
            _INVOICES,
            "update bc.cust_ledger_entry set remaining_amount = round(remaining_amount / 2, 2)"
            " where entry_no = $1::integer",
        ),
    ),
    "invoice paid": (
        5,
        _act(_INVOICES, "update bc.cust_ledger_entry set remaining_amount = 0 where entry_no = $1::integer"),
    ),
    "note": (
        3,
        _change(
            _OPEN.format(0),
            "insert into bc.record_link (sales_header_system_id, note)"
            " select system_id, $2 from bc.sales_header where no = $1",
        ),
    ),
}

CRM: dict[str, tuple[int, Edit]] = {
    "phone of an account": (
        20,
        _change(_ACCOUNTS, "update crm.account set telephone1 = left($2, 50) where accountid = $1::uuid"),
    ),
    "address of an account": (
        8,
        _change(_ACCOUNTS, "update crm.account set address1_line1 = $2 where accountid = $1::uuid"),
    ),
    "new account": (5, _add("insert into crm.account (name, customertypecode) values (left($1, 160), 3)")),
    "phone of a contact": (
        8,
        _change(
            "select contactid from crm.contact",
            "update crm.contact set mobilephone = left($2, 50) where contactid = $1::uuid",
        ),
    ),
    "new opportunity": (4, _add("insert into crm.opportunity (name) values ($1)")),
    "opportunity named": (
        5,
        _change(
            "select opportunityid from crm.opportunity",
            "update crm.opportunity set name = $2 where opportunityid = $1::uuid",
        ),
    ),
    "opportunity won": (
        3,
        _act(
            "select opportunityid from crm.opportunity where statecode = 0",
            "update crm.opportunity set statecode = 1, statuscode = 3 where opportunityid = $1::uuid",
        ),
    ),
    "order submitted": (10, _order),
    "note": (
        5,
        _change(
            "select salesorderid from crm.salesorder",
            "insert into crm.annotation (objectid, objecttypecode, subject, notetext)"
            " values ($1::uuid, 'salesorder', 'Note', '<p>' || $2 || '</p>')",
        ),
    ),
    "note corrected": (
        2,
        _change(
            "select annotationid from crm.annotation",
            "update crm.annotation set notetext = $2 where annotationid = $1::uuid",
        ),
    ),
    "name of a product": (
        3,
        _change(
            "select productid from crm.product",
            "update crm.product set name = left($2, 100) where productid = $1::uuid",
        ),
    ),
}
