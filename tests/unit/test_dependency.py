"""Parents come first, references give way in a cycle, and a cycle of declarations is a fault with its path."""

from __future__ import annotations

import doctest
import itertools

import pytest

from pysync import dependency
from pysync.model import FieldMapping, TableMapping


def mapping(name: str, *depends_on: str, parent: str | None = None, references: tuple[str, ...] = ()) -> TableMapping:
    return TableMapping(
        mapping_name=name,
        left_table="l.t",
        right_table="r.t",
        parent_mapping=parent,
        depends_on=depends_on,
        fields=tuple(
            FieldMapping(field_no=n, left_column="a", right_column="b", reference=r)
            for n, r in enumerate(references, start=1)
        ),
    )


def test_mappings_that_need_nothing_share_the_first_wave() -> None:
    found = dependency.order([mapping("B"), mapping("A"), mapping("C", "A")])
    assert found == dependency.Order(waves=(("A", "B"), ("C",)))


def test_parents_references_and_declarations_all_count() -> None:
    rows = [
        mapping("LINE", parent="HEADER", references=("ITEM",)),
        mapping("HEADER", references=("CUSTOMER",)),
        mapping("CUSTOMER", "SETUP"),
        mapping("ITEM"),
        mapping("SETUP"),
    ]
    for shuffled in itertools.permutations(rows):
        assert dependency.order(shuffled).waves == (("ITEM", "SETUP"), ("CUSTOMER",), ("HEADER",), ("LINE",))


def test_a_reference_to_itself_orders_nothing_but_is_written_in_two_phases() -> None:
    rows = [mapping("EMPLOYEE", references=("EMPLOYEE",))]
    assert dependency.order(rows) == dependency.Order(waves=(("EMPLOYEE",),))
    assert dependency.cyclic(rows, "EMPLOYEE") == {"EMPLOYEE"}


def test_unknown_and_disabled_references_do_not_count() -> None:
    off = FieldMapping(field_no=9, left_column="a", right_column="b", reference="B", is_enabled=False)
    rows = [TableMapping("A", "l.a", "r.a", fields=(off,), depends_on=("NOWHERE",)), mapping("B", "A")]
    assert dependency.order(rows).waves == (("A",), ("B",))


def test_a_cycle_of_references_is_no_fault_and_written_in_two_phases() -> None:
    rows = [mapping("CUSTOMER", references=("CONTACT",)), mapping("CONTACT", references=("CUSTOMER", "COUNTRY"))]
    rows += [mapping("COUNTRY"), mapping("ORDER", references=("CUSTOMER",))]
    found = dependency.order(rows)
    assert found.faults == ()
    assert found.waves == (("COUNTRY",), ("CONTACT",), ("CUSTOMER",), ("ORDER",))
    assert dependency.cyclic(rows, "CUSTOMER") == {"CONTACT"}
    assert dependency.cyclic(rows, "CONTACT") == {"CUSTOMER"}
    assert dependency.cyclic(rows, "ORDER") == frozenset()
    assert dependency.cyclic(rows, "NOWHERE") == frozenset()


def test_a_declaration_outlives_a_reference_in_a_cycle() -> None:
    rows = [mapping("A", "B"), mapping("B", references=("A",))]
    assert dependency.order(rows) == dependency.Order(waves=(("B",), ("A",)))
    assert dependency.cyclic(rows, "A") == frozenset()
    assert dependency.cyclic(rows, "B") == {"A"}


def test_a_cycle_of_declarations_is_a_fault_with_its_path() -> None:
    rows = [mapping("A", "B"), mapping("B", parent="C"), mapping("C", "A"), mapping("D", "A")]
    found = dependency.order(rows)
    assert [f.message for f in found.faults] == ["the mapping needs itself: A needs B needs C needs A"]
    assert sorted(itertools.chain(*found.waves)) == ["A", "B", "C", "D"]


def test_every_cycle_of_declarations_is_reported() -> None:
    rows = [mapping("A", "B"), mapping("B", "A"), mapping("X", "Y"), mapping("Y", "X")]
    assert [f.mapping for f in dependency.order(rows).faults] == ["A", "X"]


@pytest.mark.parametrize("size", [1, 50, 300])
def test_long_chains_are_sorted(size: int) -> None:
    rows = [mapping(f"M{n:03}", *([f"M{n - 1:03}"] if n else [])) for n in range(size)]
    assert dependency.order(rows[::-1]).waves == tuple((m.mapping_name,) for m in rows)


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(dependency).failed == 0
