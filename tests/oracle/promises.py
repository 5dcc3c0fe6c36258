"""What holds whatever the model says: read from the database alone, before and after a pass."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

from tests.oracle.mapping import SIDES, Mapping, Place, Row, Side
from tests.oracle.world import World


@dataclass(frozen=True, slots=True)
class View:
    """Rows, couples and conflicts of a mapping at one time."""

    rows: dict[Side, dict[str, Row]]
    couples: dict[str, str]
    conflicts: list[tuple[Any, ...]]


def look(world: World, mapping: Mapping) -> View:
    """The mapping as it stands."""
    return View({side: world.rows(mapping, side) for side in SIDES}, world.couples(mapping), world.conflicts(mapping))


def lost_edits(
    mapping: Mapping, synced: View, before: View, after: View, came_from: Dictionary[Place, str | None]
) -> list[tuple[Side, str, str, str | None]]:
    """Edits of fields both sides write that the pass overwrote or deleted, and that no conflict keeps.

    `synced` is how things stood after the pass before; the edits came between it and `before`, and some rows to a key
    that `came_from` tells.
    """
    found = []
    shared = [f for f in mapping.fields if f.is_shared and f.write_on != "insert"]
    for side in SIDES if mapping.direction == "both" and not mapping.carries_keys else ():
        for key, row in before.rows[side].items():
            if not mapping.is_inside(side, row):
                continue  # A rule keeps the edit back: promise 1, not 4.
            old_key = came_from.get((mapping.name, side, key), key)
            old = synced.rows[side].get(old_key) if old_key is not None else None
            new = after.rows[side].get(key)
            for f in shared:
                value = row[f.column(side)]
                # An edit that an expression makes nothing of does not travel, so it is in nobody's way; nor does a null
                # that `when_null` keeps back.
                is_edit = old is not None and f.read(side, row) != f.read(side, old)
                is_edit = is_edit and not (f.when_null == "keep" and f.read(side, row) is None)
                if not is_edit or (new is not None and new[f.column(side)] == value):
                    continue
                if not _is_kept(after.conflicts, side, key, f.no if new is not None else 0):
                    found.append((side, key, f.column(side), value))
    return found


def _is_kept(conflicts: list[tuple[Any, ...]], side: Side, key: str, field_no: int) -> bool:
    position = 0 if side == "left" else 1
    return any(c[position] == key and c[2] == field_no for c in conflicts)


def disagreements(mapping: Mapping, view: View, troubled: set[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Plain two-way fields that differ in couples that nothing holds up: neither parked nor in conflict.

    Only where every value can travel: no filter, no expression, nothing that keeps a value back.
    """
    plain = [
        f
        for f in mapping.fields
        if f.is_shared
        and not (f.to_right or f.to_left or f.reference)
        and f.when_null == "write"
        and f.write_on == "always"
        and f.column("left") not in mapping.defaults("left")
        and f.column("right") not in mapping.defaults("right")
    ]
    if mapping.direction != "both" or mapping.left_filter or mapping.right_filter:
        return []
    found = []
    for left, right in view.couples.items():
        held = troubled & {("left", left), ("right", right)}
        contested = any(c[0] == left and not c[6] for c in view.conflicts)
        if held or contested or left not in view.rows["left"] or right not in view.rows["right"]:
            continue
        for f in plain:
            values = view.rows["left"][left][f.column("left")], view.rows["right"][right][f.column("right")]
            if values[0] != values[1]:
                found.append((left, right, f.column("left")))
    return found
