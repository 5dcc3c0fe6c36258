"""Figures of a watcher for Prometheus: what it did, kept here, and how the queue stands, asked at each scrape."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import psycopg

from pysync import __version__, database
from pysync.errors import PysyncError, UsageError
from pysync.outbox import Counts

if TYPE_CHECKING:
    from pysync.runner import PassResult

# A queue is counted so far and no further: a scrape must not cost more, the longer the queue is.
MOST_COUNTED = 2_000
# Scrapes that come closer together than this share one answer.
_FRESH_SECONDS = 1.0
_TIMEOUT = "2s"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_OUTCOMES = tuple(f.name for f in fields(Counts) if f.name not in ("batches", "duration_ms", "conflicted"))

# A bitmap or a whole scan would read all of a queue before it gives the first row.
_SESSION = """
select set_config('statement_timeout', $1, false), set_config('enable_bitmapscan', 'off', false),
    set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false)
"""
_STREAMS = """
select m.mapping_name, s.side, q.entries, q.age, case when h.next_run_at is null then null
    else extract(epoch from h.next_run_at)::float8 end
from sync.table_mapping m
cross join (values ('left'), ('right')) as s (side)
left join sync.schedule h on h.mapping_name = m.mapping_name and h.is_enabled
cross join lateral (
    select count(*) as entries, coalesce(extract(epoch from now() - min(x.captured_at)), 0)::float8 as age
    from (select o.captured_at from sync.outbox o
          where o.mapping_name = m.mapping_name and o.side = s.side limit $1) x
) q
where m.is_enabled
"""
_PARKED = """
select m.mapping_name, x.reason, count(*)
from sync.table_mapping m
cross join lateral (select p.reason from sync.parked p where p.mapping_name = m.mapping_name limit $1) x
group by m.mapping_name, x.reason
"""
_CONFLICTS = """
select m.mapping_name, (select count(*) from (
    select from sync.conflict c where c.mapping_name = m.mapping_name and c.resolved_at is null limit $1) x)
from sync.table_mapping m
where m.is_enabled
"""
_SIZE = "select pg_total_relation_size('sync.outbox'), $1::int"


class Metrics:
    """The figures of this process. Its own connection asks the database, and is opened anew when it was lost."""

    def __init__(self, dsn: str) -> None:
        import prometheus_client as prometheus

        self.registry: Any = prometheus.CollectorRegistry()
        self._dsn = dsn
        self._conn: database.Connection | None = None
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._of_passes(prometheus)
        self._of_queue(prometheus)
        self.build.labels(__version__).set(1)
        self.mapping_active.clear()

    def _of_passes(self, prometheus: Any) -> None:
        made: dict[str, Any] = {"registry": self.registry}
        stream = ["mapping", "direction"]
        self.build = prometheus.Gauge("pysync_build_info", "Version of pysync; always 1.", ["version"], **made)
        self.passes = prometheus.Counter("pysync_passes", "Passes that had something to do.", ["status"], **made)
        self.duration = prometheus.Histogram(
            "pysync_pass_duration_seconds", "Time a pass took.", buckets=_BUCKETS, **made
        )
        self.records = prometheus.Counter(
            "pysync_records", "Records that passes worked on.", [*stream, "outcome"], **made
        )
        self.conflicts_found = prometheus.Counter(
            "pysync_conflicts_found", "Fields found changed on both sides.", stream, **made
        )
        self.errors = prometheus.Counter(
            "pysync_errors",
            "Passes of a mapping that could not run (mapping), lost or refused connections (database).",
            ["kind", "mapping"],
            **made,
        )
        self.last_pass = prometheus.Gauge(
            "pysync_last_pass_timestamp_seconds",
            "When the last pass of this watcher that had something to do ended.",
            **made,
        )
        self.mapping_active = prometheus.Gauge(
            "pysync_mapping_active", "1: this watcher works on the mapping; 0: it stands by.", ["mapping"], **made
        )

    def _of_queue(self, prometheus: Any) -> None:
        made: dict[str, Any] = {"registry": self.registry}
        stream = ["mapping", "side"]
        self.database_up = prometheus.Gauge("pysync_database_up", "Whether the database answered this scrape.", **made)
        self.backlog = prometheus.Gauge(
            "pysync_backlog_entries", f"Entries that wait, counted up to {MOST_COUNTED}.", stream, **made
        )
        self.lag = prometheus.Gauge(
            "pysync_lag_seconds", f"Age of the oldest entry that waits, among {MOST_COUNTED}; 0: none.", stream, **made
        )
        self.outbox_bytes = prometheus.Gauge(
            "pysync_outbox_bytes", "Size of sync.outbox with its indexes, dead rows included.", **made
        )
        self.parked = prometheus.Gauge(
            "pysync_parked_records",
            f"Records set aside, counted up to {MOST_COUNTED} for each mapping.",
            ["mapping", "reason"],
            **made,
        )
        self.conflicts = prometheus.Gauge(
            "pysync_open_conflicts", f"Fields in conflict, counted up to {MOST_COUNTED}.", ["mapping"], **made
        )
        self.next_run = prometheus.Gauge(
            "pysync_next_run_timestamp_seconds", "When a scheduled mapping runs next.", ["mapping"], **made
        )

    def on_ready(self, owned: Collection[str], missing: Collection[str]) -> None:
        """Note which mappings this watcher works on, and which it stands by for."""
        self.mapping_active.clear()
        for name in {*owned, *missing}:
            self.mapping_active.labels(name).set(name in owned)

    def on_pass(self, result: PassResult, seconds: float) -> None:
        """Add what a pass did."""
        self.passes.labels("problems" if result.has_problems else "done").inc()
        self.duration.observe(seconds)
        self.last_pass.set_to_current_time()
        for (mapping, direction), counts in result.counts.items():
            for outcome in _OUTCOMES:
                self.records.labels(mapping, direction, outcome).inc(getattr(counts, outcome))
            self.conflicts_found.labels(mapping, direction).inc(counts.conflicted)
        for mapping in result.faults:
            self.errors.labels("mapping", mapping).inc()

    def on_trouble(self, fault: PysyncError) -> None:
        """Count a lost connection."""
        self.errors.labels("database", "").inc()

    def text(self) -> bytes:
        """Everything in Prometheus' text format; asks the database unless it was asked just now."""
        from prometheus_client import generate_latest

        with self._lock:
            if time.monotonic() - self._asked_at >= _FRESH_SECONDS:
                self._ask()
                self._asked_at = time.monotonic()
            return generate_latest(self.registry)

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            self._drop()

    def _ask(self) -> None:
        try:
            if self._conn is None or self._conn.closed:
                self._conn = database.connect(self._dsn, application_name="pysync metrics")
                self._conn.execute(_SESSION, [_TIMEOUT])
                self._conn.read_only = True
            with self._conn.transaction():
                answers = [
                    self._conn.execute(sql, [MOST_COUNTED]).fetchall() for sql in (_STREAMS, _PARKED, _CONFLICTS, _SIZE)
                ]
        except (psycopg.Error, PysyncError):
            self._drop()
            answers = None
        # Old figures would look as if all were well.
        for gauge in (self.backlog, self.lag, self.parked, self.conflicts, self.next_run):
            gauge.clear()
        self.database_up.set(answers is not None)
        if answers is not None:
            self._set(*answers)

    def _drop(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _set(self, streams: list[Any], parked: list[Any], conflicts: list[Any], size: list[Any]) -> None:
        self.outbox_bytes.set(size[0][0])
        for mapping, side, entries, age, next_run in streams:
            self.backlog.labels(mapping, side).set(entries)
            self.lag.labels(mapping, side).set(age)
            if next_run is not None:
                self.next_run.labels(mapping).set(next_run)
        for mapping, reason, count in parked:
            self.parked.labels(mapping, reason).set(count)
        for mapping, count in conflicts:
            self.conflicts.labels(mapping).set(count)


@contextmanager
def serving(metrics: Metrics, address: str, port: int) -> Iterator[str]:
    """Answer `GET /metrics` in a thread of its own while this lasts; gives the URL. Port 0: any that is free."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404, "there is /metrics here and nothing else")
                return
            body = metrics.text()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """A scrape is no event."""

    try:
        http = ThreadingHTTPServer((address, port), Handler)
    except (OSError, OverflowError) as exc:
        raise UsageError(
            f"the metrics cannot be served at {address}:{port}: {getattr(exc, 'strerror', None) or exc}",
            hint="name another --metrics-port or --metrics-address",
        ) from exc
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.1,), name="metrics", daemon=True)
    thread.start()
    try:
        yield f"http://{address}:{http.server_address[1]}/metrics"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
        metrics.close()
