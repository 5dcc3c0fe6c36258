"""Shipped packs: two systems with their mapping rows and sample data, installed and removed as one."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from pysync import errors, migrate
from pysync.errors import UsageError
from pysync.outbox import Connection

_SCHEMA = re.compile(r'^create schema (?:if not exists )?"?([a-z_][a-z0-9_]*)"?', re.MULTILINE)
_MAPPINGS = """
select m.mapping_name
from sync.table_mapping m
where exists (
    select from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any ($1)
      and c.oid in (sync_private.find_table(m.left_table), sync_private.find_table(m.right_table))
)
order by m.mapping_name
"""
# What only these mappings use goes with them; it is looked up before they do.
_OWN_OPTIONS = """
select distinct f.option_set from sync.field_mapping f
where f.mapping_name = any ($1) and f.option_set is not null
  and not exists (select from sync.field_mapping o where o.option_set = f.option_set and o.mapping_name <> all ($1))
"""
_OWN_RULES = """
with recursive used as (
    select f.mapping_name = any ($1) as is_own, r.rule_code
    from sync.field_mapping f
    cross join lateral (values (f.rule_to_right), (f.rule_to_left)) as r (rule_code)
    where r.rule_code is not null
    union
    select u.is_own, t.next_rule
    from used u
    join sync.transformation_rule t using (rule_code)
    where t.next_rule is not null
)
select rule_code from used group by rule_code having bool_and(is_own)
"""
_FORGET = (
    "delete from sync.conflict where mapping_name = any ($1)",
    "delete from sync.coupling where mapping_name = any ($1)",
    "delete from sync.field_mapping where mapping_name = any ($1)",
    "delete from sync.table_mapping where mapping_name = any ($1)",
)


@dataclass(frozen=True, slots=True)
class Pack:
    """A folder under sql/packs; pack.json says what it is and names its files, part by part, in the order they run."""

    name: str
    title: str
    description: str
    is_first: bool
    schemas: tuple[str, ...]
    folder: Path
    parts: dict[str, tuple[Path, ...]]


def available() -> tuple[Pack, ...]:
    """The packs that ship with this program, by name."""
    return tuple(_read(path.parent) for path in sorted((migrate.folder("sql") / "packs").glob("*/pack.json")))


def find(name: str) -> Pack:
    """The pack of that name."""
    packs = {pack.name: pack for pack in available()}
    if name not in packs:
        near = difflib.get_close_matches(name, packs, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the packs are {', '.join(packs)}"
        raise UsageError(f"there is no pack {name}", hint=hint)
    return packs[name]


def first() -> Pack:
    """The pack that a newcomer is shown."""
    return next(pack for pack in available() if pack.is_first)


def _read(folder: Path) -> Pack:
    facts = json.loads((folder / "pack.json").read_text("utf-8"))
    parts = {part: tuple(folder / name for name in facts[part]) for part in ("schema", "mappings", "data")}
    schemas = tuple(
        dict.fromkeys(name for path in parts["schema"] for name in _SCHEMA.findall(path.read_text("utf-8")))
    )
    return Pack(folder.name, facts["title"], facts["description"], facts.get("is_first", False), schemas, folder, parts)


def present(conn: Connection, pack: Pack) -> tuple[str, ...]:
    """Those of the pack's schemas that the database has."""
    rows = conn.execute("select nspname from pg_catalog.pg_namespace where nspname = any ($1)", [list(pack.schemas)])
    found = {row[0] for row in rows}
    return tuple(schema for schema in pack.schemas if schema in found)


def install(conn: Connection, pack: Pack, *, with_data: bool = True) -> tuple[str, ...]:
    """Make schemas, mapping rows and sample data and switch capture on, all or nothing; gives the mappings."""
    if taken := present(conn, pack):
        raise UsageError(
            f"the database has a schema {' and '.join(taken)} already",
            hint=f"to drop it with everything in it and the mappings of its tables: pysync pack remove {pack.name}",
        )
    with conn.transaction():
        for part in ("schema", "mappings", *(["data"] if with_data else [])):
            for path in pack.parts[part]:
                _execute(conn, path)
        names = mappings(conn, pack)
        for name in names:
            conn.execute("select sync.enable_capture($1)", (name,))
    return names


def mappings(conn: Connection, pack: Pack) -> tuple[str, ...]:
    """Mappings with a table in one of the pack's schemas."""
    return tuple(row[0] for row in conn.execute(_MAPPINGS, [list(pack.schemas)]))


def remove(conn: Connection, pack: Pack) -> tuple[str, ...]:
    """Drop the pack's schemas with everything in them, and the mappings of their tables; gives the mappings."""
    with conn.transaction():
        names = mappings(conn, pack)
        options = [row[0] for row in conn.execute(_OWN_OPTIONS, [list(names)])]
        rules = [row[0] for row in conn.execute(_OWN_RULES, [list(names)])]
        try:
            for statement in _FORGET:
                conn.execute(statement, [list(names)])
        except psycopg.errors.ForeignKeyViolation as exc:
            raise UsageError(
                f"other mappings refer to those of pack {pack.name}",
                detail=exc.diag.message_detail,
                hint="change or delete those first",
            ) from exc
        conn.execute("delete from sync.option_mapping where option_set = any ($1)", [options])
        conn.execute("delete from sync.transformation_rule where rule_code = any ($1)", [rules])
        conn.execute("delete from sync.system where schema_name = any ($1)", [list(pack.schemas)])
        conn.execute("set local client_min_messages = warning")
        for schema in present(conn, pack):
            conn.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
    return names


def _execute(conn: Connection, path: Path) -> None:
    try:
        conn.execute(path.read_text("utf-8").encode())
    except psycopg.errors.UniqueViolation as exc:
        raise UsageError(
            f"a row of the pack is in schema sync already ({exc.diag.table_name})",
            detail=exc.diag.message_detail,
            hint="rename or delete that row, or install the pack in another database",
        ) from exc
    except psycopg.Error as exc:
        fault = errors.from_database(exc)
        fault.detail = "\n".join(filter(None, [f"in {path.parent.name}/{path.name}", fault.detail]))
        raise fault from exc
