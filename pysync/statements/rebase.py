"""Rebase: what a pass writes becomes the base of the changes that wait on the side it writes to."""

from __future__ import annotations

from sqlglot import exp

from pysync.route import Field, Route
from pysync.statements import (
    aliased,
    all_of,
    any_of,
    array,
    case,
    element,
    equal,
    fenced,
    fragment,
    lateral,
    not_null,
    number,
    plain,
    working,
)
from pysync.statements.decide import agreed, sent_text


def fields(route: Route) -> tuple[Field, ...]:
    """Fields whose write shows in the base of the target's own waiting entries."""
    watched = {c for columns in route.target_layouts.values() for c in columns}
    return tuple(f for f in route.written() if f.target.name in watched)


def rebase(route: Route, table: str) -> exp.Expr:
    """Put what was just written into the `before` of the target's own waiting entries ($1 mapping, $2 other side).

    So is what both sides changed to the same: sent back, an expression would make something else of it.
    """
    known = {f.target.name: _is_in_step(route, f) for f in fields(route)}
    values = {f.target.name: sent_text(f) for f in fields(route)}
    branches = []
    for layout_no, columns in sorted(route.target_layouts.items(), reverse=True):
        items = []
        for position, text in enumerate(columns, 1):
            old = element(plain("before", "o"), position)
            items.append(case((known[text].copy(), values[text].copy()), default=old) if text in known else old)
        branches.append((equal(plain("layout_no", "o"), number(layout_no)), array(items)))
    waiting = working.decided(route)
    waiting.append("joins", lateral(_waiting_positions(table), "w"))
    return exp.Update(
        this=_queue(table, "o"),
        expressions=[equal(exp.column("before"), case(*branches, default=plain("before", "o")))],
        from_=exp.From(this=waiting),
        where=exp.Where(this=all_of([fragment("o.ctid = w.position"), any_of(known.values())])),
    )


def _is_in_step(route: Route, f: Field) -> exp.Expr:
    written = plain(f"d_{f.no}", "d")
    return any_of([written, plain(f"e_{f.no}", "d")]) if f in agreed(route) else written


def _waiting_positions(table: str) -> exp.Select:
    """Where the entries of a target record stand, looked up by key: the other side may have a long backlog."""
    select = exp.select(aliased(plain("ctid", "w"), "position")).from_(_queue(table, "w"))
    condition = fragment("w.mapping_name = $1 AND w.side = $2 AND w.record_key = s.target_key")
    return fenced(select.where(condition, not_null(plain("before", "w")), copy=False))


def _queue(table: str, alias: str) -> exp.Table:
    return exp.Table(
        this=exp.to_identifier(table),
        db=exp.to_identifier("sync"),
        alias=exp.TableAlias(this=exp.to_identifier(alias)),
    )
