"""The metrics endpoint: what it shows, what it costs, and that docs and alerts name what there is."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pysync import metrics
from pysync.outbox import Counts
from pysync.runner import PassResult, Runner
from tests.docs.test_docs import anchors
from tests.watch.conftest import Database, add, eventually, names, process, watcher

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"
Figures = dict[tuple[str, ...], float]


@pytest.fixture
def figures(dsn: str) -> Iterator[metrics.Metrics]:
    made = metrics.Metrics(dsn)
    yield made
    made.close()


def read(text: bytes) -> Figures:
    """Samples by name and sorted label values."""
    return {
        (sample.name, *(v for _, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def fresh(figures: metrics.Metrics) -> Figures:
    """What it shows now, not what it showed a moment ago."""
    figures._asked_at = float("-inf")
    return read(figures.text())


def get(url: str) -> Figures:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return read(answer.read())


def test_the_endpoint_tells_what_a_watcher_did_and_what_waits(items: Database, dsn: str) -> None:
    items.execute("alter table two.item add constraint item_check check (name <> 'bad')")
    items.execute("select sync.pause('UNIT')")
    with process(dsn, "--json", "--metrics-port", "0") as running:
        url = running.event("metrics")["url"]
        assert url.startswith("http://127.0.0.1:")
        running.event("watching")
        items.execute("insert into one.item values (1, 'a'), (2, 'b'), (3, 'bad')")
        add(items, 1, "waits", "two", "unit")
        eventually(lambda: any('"failed": 1' in text for text in running.lines), 60)
        eventually(lambda: get(url).get(("pysync_records_total", "to_right", "ITEM", "failed")), 60)
        found = get(url)
        assert found["pysync_records_total", "to_right", "ITEM", "inserted"] == 2
        assert found["pysync_records_total", "to_right", "ITEM", "failed"] == 1
        assert found["pysync_parked_records", "ITEM", "error"] == 1
        assert found["pysync_backlog_entries", "UNIT", "right"] == 1
        assert found["pysync_lag_seconds", "UNIT", "right"] > 0
        assert found["pysync_backlog_entries", "ITEM", "left"] == found["pysync_lag_seconds", "ITEM", "left"] == 0
        assert found["pysync_mapping_active", "ITEM"] == found["pysync_database_up",] == 1
        assert found["pysync_pass_duration_seconds_count",] >= 1
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url.replace("/metrics", "/"), timeout=30)  # noqa: S310
        running.tell()
        assert running.wait() == 0


def test_conflicts_and_the_next_run_are_shown(items: Database, dsn: str, figures: metrics.Metrics) -> None:
    add(items, 1, "a")
    with watcher(dsn):
        eventually(lambda: names(items) == ["a"])
    items.execute("update one.item set name = 'b'")
    items.execute("update two.item set name = 'c'")
    figures.on_pass(Runner(items).run(), 0.5)
    items.execute("insert into sync.schedule (mapping_name, every, next_run_at) values ('UNIT', '1 h', '2030-01-01Z')")
    found = fresh(figures)
    assert found["pysync_open_conflicts", "ITEM"] == 1
    assert found["pysync_conflicts_found_total", "to_right", "ITEM"] == 1
    assert found["pysync_passes_total", "problems"] == 1
    assert found["pysync_next_run_timestamp_seconds", "UNIT"] == 1893456000
    assert ("pysync_next_run_timestamp_seconds", "ITEM") not in found


def test_a_long_queue_is_not_counted_to_its_end(items: Database, figures: metrics.Metrics) -> None:
    items.execute(
        "insert into sync.outbox (mapping_name, side, record_key, operation, layout_no, captured_by)"
        " select 'ITEM', 'left', n::text, 'update', 1, 'x' from generate_series(1, 10500) n"
    )
    items.execute(
        "insert into sync.parked (mapping_name, side, record_key, operation, layout_no, entry_id, captured_at,"
        " captured_by, reason, message) select 'ITEM', 'left', n::text, 'update', 1, 1, now(), 'x', 'error', 'x'"
        " from generate_series(1, 10500) n"
    )
    found = fresh(figures)
    assert found["pysync_outbox_bytes",] > 500_000
    assert found["pysync_backlog_entries", "ITEM", "left"] == metrics.MOST_COUNTED == 2_000
    assert found["pysync_parked_records", "ITEM", "error"] == metrics.MOST_COUNTED


def test_figures_of_the_queue_are_gone_when_the_database_is(items: Database, dsn: str) -> None:
    figures = metrics.Metrics(dsn)
    assert fresh(figures)["pysync_database_up",] == 1
    items.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'pysync metrics' and datname = current_database()"
    )
    found = fresh(figures)
    assert found["pysync_database_up",] == 0
    assert not [key for key in found if key[0] in ("pysync_backlog_entries", "pysync_lag_seconds")]
    assert fresh(figures)["pysync_database_up",] == 1
    figures.close()


def test_scrapes_in_quick_succession_ask_the_database_once(items: Database, figures: metrics.Metrics) -> None:
    figures._asked_at = float("inf")
    add(items, 1, "a")
    assert ("pysync_backlog_entries", "ITEM", "left") not in read(figures.text())
    assert fresh(figures)["pysync_backlog_entries", "ITEM", "left"] == 1


def families(figures: metrics.Metrics) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Every metric by the name people type: kind, help, labels."""
    result = PassResult(1, {("ITEM", "to_right"): Counts(inserted=1)})
    figures.on_pass(result, 0.1)
    found = {}
    for collector in set(figures.registry._collector_to_names):
        suffix = "_total" if collector._type == "counter" else ""
        found[collector._name + suffix] = (collector._type, collector._documentation, tuple(collector._labelnames))
    return found


def test_names_follow_the_conventions(figures: metrics.Metrics) -> None:
    units = ("_seconds", "_total", "_info", "_up", "_active", "_entries", "_bytes", "_records", "_conflicts")
    found = families(figures)
    assert len(found) == 15
    for name, (kind, text, _) in found.items():
        assert re.fullmatch(r"pysync_[a-z_]+", name)
        assert name.endswith(units)
        assert name.endswith("_total") == (kind == "counter")
        assert text.endswith(".")


def test_the_page_lists_every_metric_as_it_is(figures: metrics.Metrics) -> None:
    page = (OPERATIONS / "monitoring.md").read_text("utf-8")
    rows = re.findall(r"^\| `(pysync_\w+)` \| (\w+) \|(.*?)\| (.*?) \|$", page, re.MULTILINE)
    listed = {n: (kind, text, tuple(re.findall(r"`(\w+)`", labels))) for n, kind, labels, text in rows}
    assert listed == families(figures)


def test_alerts_name_metrics_that_exist_and_places_in_the_runbook(figures: metrics.Metrics) -> None:
    alerts = (OPERATIONS / "alerts.yml").read_text("utf-8")
    known = set(families(figures)) | {"pysync_pass_duration_seconds_bucket"}
    rules = re.split(r"^      - alert: ", alerts, flags=re.MULTILINE)[1:]
    assert len(rules) >= 5
    for rule in rules:
        named = set(re.findall(r"\bpysync_\w+", rule.partition("labels:")[0]))
        assert named
        assert named <= known
        page, _, anchor = rule.partition("docs/")[2].split()[0].partition("#")
        assert anchor in anchors(OPERATIONS.parent / page)
