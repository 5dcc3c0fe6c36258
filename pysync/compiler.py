"""Load mapping rows, bind them to the catalog and compile plans; remember them until a revision changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from pysync import binding, catalog, dependency, errors, mapping, outbox, plan
from pysync.errors import CatalogError
from pysync.model import Side, Table, TableMapping
from pysync.outbox import Connection
from pysync.plan import Plan
from pysync.route import Route

_HEARERS = """
select s.mapping_name, s.side
from sync_private.capture_stream(to_regclass(format('%I.%I', $1::text, $2::text))) s
where s.role = 'record' and s.is_full and s.mapping_name = any ($3)
"""
_LAYOUTS = "select side, layout_no, columns from sync_private.layout where mapping_name = $1"


@dataclass(slots=True)
class Compiler:
    """Plans by mapping; `refresh` drops those of mappings that were edited, `forget` those of one whose table was."""

    conn: Connection
    mappings: dict[str, TableMapping] = field(default_factory=dict)
    waves: tuple[tuple[str, ...], ...] = ()
    _plans: dict[tuple[str, Side], Plan] = field(default_factory=dict)
    _revisions: dict[str, int] = field(default_factory=dict)
    _asking: dict[str, int | None] = field(default_factory=dict)

    def refresh(self) -> None:
        """Read the mappings again if one was edited since the last call."""
        found = mapping.revisions(self.conn)
        if found == self._revisions:
            return
        self.mappings = {m.mapping_name: m for m in mapping.load(self.conn)}
        self.waves = dependency.order(tuple(self.mappings.values())).waves
        asking = {name: found.get(name) for name, m in self.mappings.items() if m.asks_time}
        kept = self._plans if asking == self._asking else {}
        self._plans = {key: p for key, p in kept.items() if found.get(key[0]) == self._revisions.get(key[0])}
        self._asking = asking
        self._revisions = found

    def forget(self, name: str) -> None:
        """Drop a mapping's plans: the catalog it was compiled for has changed."""
        for side in Side:
            self._plans.pop((name, side), None)

    def plan(self, name: str, source: Side) -> Plan:
        """The plan of a mapping in one direction, compiled when first asked for.

        Raises PysyncError on a fault, MappingBusy when an application holds a table that needs new triggers.
        """
        key = (name, source)
        if key not in self._plans:
            self.refresh_capture(name)
            self._plans[key] = plan.compile_plan(self._route(self.mappings[name], source))
        return self._plans[key]

    def refresh_capture(self, name: str) -> None:
        """Make stale triggers of a mapping anew. Raises MappingBusy when an application holds the table."""
        # New triggers need the table for a moment: applications must not queue up behind a long wait for it.
        with outbox.promptly(self.conn, name):
            self.conn.execute("select sync_private.refresh_capture($1)", (name,))

    def bind(self, name: str, source: Side) -> Route:
        """A mapping bound in one direction, without a plan. Raises PysyncError on a fault."""
        return self._route(self.mappings[name], source)

    def _route(self, row: TableMapping, source: Side) -> Route:
        tables = catalog.read_tables(self.conn, (row.left_table, row.right_table))
        missing = [row.table(side) for side in Side if row.table(side) not in tables]
        if missing:
            raise CatalogError(
                f"mapping {row.mapping_name}: there is no table {' or '.join(missing)}",
                hint=f"run `{errors.command('check', row.mapping_name)}`",
            )
        ends = {side: binding.endpoint(row, side, tables[row.table(side)]) for side in Side}
        layouts: dict[Side, dict[int, tuple[str, ...]]] = {side: {} for side in Side}
        for side, layout_no, columns in self.conn.execute(_LAYOUTS, (row.mapping_name,)):
            layouts[Side(side)][layout_no] = tuple(columns)
        return binding.build(
            row,
            ends[source],
            ends[source.other],
            mapping.load_rules(self.conn),
            layouts[source],
            layouts[source.other],
            dependency.cyclic(tuple(self.mappings.values()), row.mapping_name),
            self._hearers(row.mapping_name, ends[source.other].table),
        )

    def _hearers(self, name: str, table: Table) -> tuple[tuple[str, Side], ...]:
        asking = [other for other in self._asking if other != name]
        if not asking:
            return ()
        found = self.conn.execute(_HEARERS, (table.schema, table.name, asking))
        return tuple((other, Side(side)) for other, side in found)
