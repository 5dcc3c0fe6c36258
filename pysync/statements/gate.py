"""Gate: an upper bound of what a pass would delete, without claiming anything."""

from __future__ import annotations

from sqlglot import exp

from pysync.route import Route
from pysync.statements import all_of, exists, fragment, key_match, negated, plain, query, table_of


def gone(route: Route) -> exp.Expr:
    """How many coupled records with waiting entries ($1 mapping, $2 side) have no row any more."""
    row = exp.select(exp.Literal.number(1)).from_(table_of(route.source.table, "s"))
    row = row.where(key_match(route.source, "s", plain("record_key", "e")), copy=False)
    coupled = query("SELECT 1 FROM sync.coupling AS c WHERE c.mapping_name = $1").where(
        exp.EQ(this=plain(f"{route.side}_key", "c"), expression=plain("record_key", "e")), copy=False
    )
    return query(
        """
        SELECT COUNT(*) FROM (
          SELECT DISTINCT o.record_key FROM sync.outbox AS o
          WHERE o.mapping_name = $1 AND o.side = $2 AND NOT o.operation IN ('truncate', 'rekey')
        ) AS e
        """
    ).where(all_of([exists(coupled), negated(exists(row))]), fragment("TRUE"), copy=False)
