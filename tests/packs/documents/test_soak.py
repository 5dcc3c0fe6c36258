"""A working day: people of both systems edit at once while a watcher keeps the systems in step; `make soak`.

PYSYNC_TEST_SECONDS says how long the day is; half an hour of it, with its figures:

    PYSYNC_TEST_SECONDS=1800 make soak ARGS="-s tests/packs/documents/test_soak.py"
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from pysync import compare
from pysync.compiler import Compiler
from tests.packs.company import by_message
from tests.packs.documents.edits import Person
from tests.packs.documents.office import Office

SECONDS = float(os.environ.get("PYSYNC_TEST_SECONDS", "180"))
PACE = 15.0  # edits a second of each of the two people
AT_LEAST = 20.0  # edits a second of both together, on a machine that has other things to do
OUTCOMES = ("inserted", "modified", "deleted", "unchanged", "skipped", "failed", "coupled", "uncoupled", "conflicted")

# Everything but items and prices: Sales refuses some of the sample's, for people to find out why.
EVERYBODY = ("CURRENCY", "CUSTOMER", "CONTACT", "OPPORTUNITY", "POSTEDSALESINV-INV", "POSTEDSALESLINE-INV",
             "SUBMITTED-ORDER", "SUBMITTED-ORDERLINE", "ACCOUNT-STATISTICS")  # fmt: skip
# Notes of orders that were posted are left in Sales, and the sample's prices were not asked for.
ON_ONE_SIDE = {"ORDER-NOTES", "SALESPRC-PRODPRICE"}
# A record that came from Sales has a zero in Business Central where Sales has nothing; no one changed either.
ZERO_OR_NOTHING = {
    ("CUSTOMER", "differs", "credit_limit_lcy → creditlimit"),
    ("OPPORTUNITY", "differs", "estimated_value_lcy → estimatedvalue"),
}


@pytest.mark.soak
def test_a_day_of_edits_on_both_sides_ends_in_step(office: Office, office_dsn: str, tmp_path: Path) -> None:
    office.ask("select sync.couple('SALESPEOPLE', 'SV', '5a100000-0000-4000-8000-000000000004')")
    office.ask(
        "select sync.couple('ITEM-PRODUCT', '1040', productid::text) from crm.product where productnumber = '1040'"
    )
    for mapping in EVERYBODY:
        office.ask("select sync.request_full_sync($1)", mapping)
    office.sync()
    office.ask("update sync.table_mapping set coupled_only = false"
               " where mapping_name in ('CUSTOMER', 'CONTACT', 'POSTEDSALESINV-INV')")  # fmt: skip
    started = time.monotonic()
    people = [Person(office_dsn, side, seed, started + SECONDS, PACE) for seed, side in enumerate(("bc", "crm"), 1)]
    said = tmp_path / "watch.log"
    watcher = watch(office_dsn, said)
    try:
        for person in people:
            person.start()
        for person in people:
            person.join()
            assert person.error is None, (person.name, person.error)
        lasted = time.monotonic() - started
        assert office.one("select sync.wait_until_synced('120 s')")
    finally:
        watcher.send_signal(signal.SIGTERM)
        watcher.wait(timeout=60)
    assert watcher.returncode == 0, said.read_text("utf-8")[-2000:]
    decided = settle(office)
    total = tell(office, people, lasted, decided)
    check_in_step(office)
    assert total / lasted >= AT_LEAST, "the machine was too busy for a working day"


def watch(dsn: str, said: Path) -> subprocess.Popen[bytes]:
    """`pysync watch`, as a process of its own; it logs to a file, for nobody reads a pipe meanwhile."""
    with said.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "pysync", "watch"],
            env=os.environ | {"PYSYNC_DSN": dsn, "NO_COLOR": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def settle(office: Office) -> int:
    """A person decides what is open and asks again for what was refused; gives the number of decisions."""
    decided = 0
    for _ in range(5):
        found = office.ask(
            "select sync.resolve_conflict(conflict_id, 'left') from sync.conflict where resolved_at is null"
        )
        decided += len(found)
        office.ask("select sync.retry()")
        office.ask("select bc.create_sales_orders()")
        office.sync()
        if not office.ask("select 1 from sync.conflict where resolved_at is null"):
            break
    return decided


def tell(office: Office, people: list[Person], lasted: float, decided: int) -> int:
    """Counts by outcome, for people (`pytest -s`); gives the number of edits."""
    edits: Counter[str] = Counter()
    for person in people:
        edits.update({f"{person.side}: {name}": n for name, n in person.done.items()})
    refused = sum(sum(person.refused.values()) for person in people)
    total = sum(edits.values())
    sums = ", ".join(f"sum({name})::bigint" for name in OUTCOMES)
    (counts,) = office.ask(f"select {sums} from sync.pass_mapping")  # noqa: S608
    passes = office.one("select count(*) from sync.pass")
    print(f"\n{total} edits in {lasted:.0f} s ({total / lasted:.1f}/s), {refused} refused by their own system")
    for name, n in sorted(edits.items()):
        print(f"  {n:6} {name}")
    print(f"{passes} passes: " + ", ".join(f"{n} {name}" for name, n in zip(OUTCOMES, counts, strict=True)))
    print(f"{decided} conflicts decided by a person")
    problems = office.ask("select mapping_name, message from sync.problem")
    for message, n in by_message({"mapping_name": name, "message": text} for name, text in problems).most_common():
        print(f"  {n:6} {message}")
    return total


def check_in_step(office: Office) -> None:
    """Nothing waits but for what a person must do, and no couple has drifted."""
    assert office.ask("select mapping_name, side, record_key from sync.outbox") == []
    assert office.sync().counts == {}
    odd = office.ask("select mapping_name, message from sync.problem where message not like '%must be coupled in%'")
    assert odd == []
    compiler = Compiler(office.db)
    compiler.refresh()
    names = [name for (name,) in office.ask("select mapping_name from sync.table_mapping where is_enabled order by 1")]
    drift = [d for name in names for d in compare.find(office.db, compiler, name)]
    parked = set(office.ask("select mapping_name, record_key from sync.parked"))
    alone = [d for d in drift if d.state == "uncoupled" and d.mapping not in ON_ONE_SIDE]
    assert [d for d in alone if (d.mapping, d.left_key or d.right_key) not in parked] == []
    assert {(d.mapping, d.state, *d.columns) for d in drift if d.state != "uncoupled"} <= ZERO_OR_NOTHING
    assert office.one(
        "select count(*) from crm.salesorder o join bc.incoming_order i on i.order_id = o.salesorderid"
        " left join bc.sales_header h on h.system_id = i.sales_order_id"
        " where o.statecode = 1 and h.no is null"
    ) == office.one(
        "select count(*) from bc.incoming_order where state = 1 and sales_order_id is null and not is_posted"
    )
