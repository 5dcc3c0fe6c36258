"""The life of a record in a mapping, from one side: made, coupled, changed, disputed, filtered, let go, deleted."""

# ruff: noqa: S608 - table names come from the tests themselves.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.packs.conftest import Ask, Sync


@dataclass(frozen=True, slots=True)
class Life:
    """One record of a mapping and how an application works on it; `side` is where it is born.

    Statements on the record itself know its key (`key`, as sync writes it); those on its partner get the partner's
    key as the last parameter. `edit` sets the field that `read` reads on the other side (none: nothing but the key
    travels), `edit_partner` and `read_back` the reverse (none: the field goes one way).
    """

    mapping: str
    side: str
    key: str
    make: tuple[str, ...]
    read: str
    drop: str
    drop_partner: str
    edit: str | None = None
    edit_partner: str | None = None
    read_back: str | None = None
    leave: str | None = None
    enter: str | None = None
    needs_coupling: bool = True
    values: tuple[str, str, str, str, str, str] = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth")

    @property
    def other(self) -> str:
        """The partner's side."""
        return "right" if self.side == "left" else "left"

    def __str__(self) -> str:
        return f"{self.mapping} from the {self.side}"


@dataclass(frozen=True, slots=True)
class Walker:
    """Walks a record through its life; each step is one thing a user does and what must come of it."""

    life: Life
    ask: Ask
    run: Sync

    def walk(self) -> None:
        """All steps, in order."""
        self._stays_at_home_until_wanted()
        if self.life.edit:
            self._is_changed()
        if self.life.edit_partner:
            self._is_changed_on_the_other_side()
            self._is_disputed()
        if self.life.leave:
            self._leaves_the_filter_and_comes_back()
        if self.life.edit:
            self._is_skipped()
            if self.life.needs_coupling:
                self._is_let_go_and_coupled_again()
        self._loses_its_partner()
        self._is_deleted()

    def _stays_at_home_until_wanted(self) -> None:
        for statement in self.life.make:
            self.ask(statement)
        self.run()
        if self.life.needs_coupling:
            assert self._partner() is None, "an uncoupled record must not travel"
            assert self._parked() == []
            self._set("coupled_only = false")
            self.ask("select sync.request_sync($1, $2, $3)", self.life.mapping, self.life.side, self.life.key)
            self.run()
            self._set("coupled_only = true")
        assert self._partner() is not None, "the record must have been created"
        assert self._parked() == []

    def _is_changed(self) -> None:
        value = self.life.values[0]
        self._edit(value)
        assert self._modified() == 1
        assert self._shown(value)
        self._edit(value)
        assert self._modified() == 0, "the same value again is no change"

    def _is_changed_on_the_other_side(self) -> None:
        value = self.life.values[1]
        self.ask(self.life.edit_partner or "", value, self._partner())
        self.run()
        assert self.ask(self.life.read_back or "") == [(value,)]

    def _is_disputed(self) -> None:
        mine, theirs, later = self.life.values[2:5]
        self._edit(mine)
        self.ask(self.life.edit_partner or "", theirs, self._partner())
        self.run()
        assert self._shown(theirs), "a conflict writes nothing"
        assert self.ask(self.life.read_back or "") == [(mine,)]
        (conflict,) = self.ask(
            "select conflict_id from sync.conflict where mapping_name = $1 and resolved_at is null", self.life.mapping
        )
        self.ask("select sync.resolve_conflict($1, $2)", conflict[0], self.life.side)
        self.run()
        assert self._shown(mine)
        self._edit(later)
        self.run()
        assert self._shown(later)

    def _leaves_the_filter_and_comes_back(self) -> None:
        before, value = self._read(), self.life.values[5]
        self.ask(self.life.leave or "")
        self._edit(value)
        self.run()
        assert self._read() == before, "outside the filter nothing travels"
        assert self._parked() == []
        self.ask(self.life.enter or "")
        self.run()
        assert self._shown(value), "what changed outside the filter arrives on the way back in"

    def _is_skipped(self) -> None:
        before, value = self._read(), self.life.values[0]
        left_key = self.life.key if self.life.side == "left" else self._partner()
        self.ask("select sync.skip($1, $2)", self.life.mapping, left_key)
        self._edit(value)
        self.run()
        assert self._read() == before
        self.ask("select sync.unskip($1, $2)", self.life.mapping, self._left())
        self.run()
        assert self._shown(value)

    def _is_let_go_and_coupled_again(self) -> None:
        partner, before, value = self._partner(), self._read(), self.life.values[1]
        self.ask(f"select sync.uncouple($1, p_{self.life.side}_key => $2)", self.life.mapping, self.life.key)
        self._edit(value)
        self.run()
        assert self._read(partner) == before, "nothing travels between records that are not coupled"
        keys = (self.life.key, partner) if self.life.side == "left" else (partner, self.life.key)
        self.ask("select sync.couple($1, $2, $3)", self.life.mapping, *keys)
        self.ask("select sync.request_sync($1, $2, $3)", self.life.mapping, self.life.side, self.life.key)
        self.run()
        assert self._shown(value)

    def _loses_its_partner(self) -> None:
        lost = self._partner()
        self._set(f"on_{self.life.other}_delete = 'fail'")
        self.ask(self.life.drop_partner, lost)
        self.run()
        assert self._parked() == ["deleted"], "a deletion is a question"
        assert self.ask(self.life.read, lost) == []
        self._set(f"on_{self.life.other}_delete = 'restore'")
        self.ask("select sync.retry($1)", self.life.mapping)
        self.run()
        assert self._parked() == []
        assert self._partner() is not None, "restored from its partner"

    def _is_deleted(self) -> None:
        partner = self._partner()
        self._set(f"on_{self.life.side}_delete = 'fail', on_{self.life.other}_delete = 'fail'")
        self.ask(self.life.drop)
        self.run()
        assert self._parked() == ["deleted"]
        assert len(self.ask(self.life.read, partner)) == 1, "nothing is deleted that nobody told to"
        self._set(f"on_{self.life.side}_delete = 'delete'")
        self.ask("select sync.retry($1)", self.life.mapping)
        self.run()
        assert self._parked() == []
        assert self.ask(self.life.read, partner) == []
        assert self._partner() is None

    def _set(self, assignment: str) -> None:
        self.ask(f"update sync.table_mapping set {assignment} where mapping_name = $1", self.life.mapping)

    def _edit(self, value: str) -> None:
        self.ask(self.life.edit or "", value)

    def _modified(self) -> int:
        counts = self.run().counts.get((self.life.mapping, f"to_{self.life.other}"))
        return counts.modified if counts else 0

    def _partner(self) -> Any:
        rows = self.ask(
            f"select {self.life.other}_key from sync.coupling where mapping_name = $1 and {self.life.side}_key = $2",
            self.life.mapping,
            self.life.key,
        )
        return rows[0][0] if rows else None

    def _left(self) -> Any:
        return self.life.key if self.life.side == "left" else self._partner()

    def _read(self, partner: str | None = None) -> Any:
        ((value,),) = self.ask(self.life.read, partner or self._partner())
        return value

    def _shown(self, value: str) -> bool:
        return bool(self._read() == value)

    def _parked(self) -> list[str]:
        return [row[0] for row in self.ask("select reason from sync.parked where mapping_name = $1", self.life.mapping)]
