"""The order of mappings: parents first, from declared dependencies, parents and references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pysync.model import Fault, TableMapping

Graph = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Order:
    """Mappings in waves: those of one wave do not need each other. `faults` are cycles nothing can break."""

    waves: tuple[tuple[str, ...], ...]
    faults: tuple[Fault, ...] = ()


def order(mappings: Sequence[TableMapping]) -> Order:
    """Sort the mappings into waves; a reference gives way where it would close a cycle.

    >>> a, b = TableMapping("A", "x.a", "y.a", depends_on=("B",)), TableMapping("B", "x.b", "y.b")
    >>> order([a, b]).waves
    (('B',), ('A',))
    """
    hard = {m.mapping_name: _declared(m) & _names(mappings) for m in mappings}
    left = {m.mapping_name: set(hard[m.mapping_name] | (_referenced(m) & _names(mappings))) for m in mappings}
    waves: list[tuple[str, ...]] = []
    faults: list[Fault] = []
    while left:
        ready = sorted(name for name, needs in left.items() if not needs)
        if not ready:
            faults += _break(left, hard)
            continue
        waves.append(tuple(ready))
        for name in ready:
            del left[name]
        for needs in left.values():
            needs.difference_update(ready)
    return Order(tuple(waves), tuple(faults))


def cyclic(mappings: Sequence[TableMapping], name: str) -> frozenset[str]:
    """Mappings that `name` refers to and that need `name` in turn: such references are written in two phases."""
    graph = needs(mappings)
    mine = next((m for m in mappings if m.mapping_name == name), None)
    if mine is None:
        return frozenset()
    found = {r for r in (_referenced(mine) & graph.keys()) - _declared(mine) if name in reachable(graph, r)}
    # Rows that refer to their own table may form a circle, too.
    if any(f.is_enabled and f.reference == name for f in mine.fields):
        found.add(name)
    return frozenset(found)


def needs(mappings: Sequence[TableMapping]) -> Graph:
    """Which mappings each one needs, by declaration or reference; itself and unknown ones left out."""
    known = _names(mappings)
    return {m.mapping_name: (_declared(m) | _referenced(m)) & known for m in mappings}


def cycle(graph: Graph) -> tuple[str, ...]:
    """Some cycle of the graph as a path that ends where it begins; empty if there is none.

    >>> cycle({"A": frozenset("B"), "B": frozenset("A")})
    ('A', 'B', 'A')
    """
    for start in sorted(graph):
        if start in reachable(graph, start):
            return _path(graph, start)
    return ()


def reachable(graph: Graph, start: str) -> frozenset[str]:
    """Everything `start` needs, directly or not; `start` itself only if it is on a cycle."""
    found: set[str] = set()
    waiting = list(graph.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph.get(name, ())
    return frozenset(found)


def _declared(mapping: TableMapping) -> frozenset[str]:
    parent = (mapping.parent_mapping,) if mapping.parent_mapping else ()
    return frozenset({*mapping.depends_on, *parent}) - {mapping.mapping_name}


def _referenced(mapping: TableMapping) -> frozenset[str]:
    return frozenset(f.reference for f in mapping.fields if f.is_enabled and f.reference) - {mapping.mapping_name}


def _names(mappings: Iterable[TableMapping]) -> frozenset[str]:
    return frozenset(m.mapping_name for m in mappings)


def _break(left: dict[str, set[str]], hard: Graph) -> list[Fault]:
    """Take the references out of one knot that needs nothing outside itself; failing that, a declaration."""
    graph = {name: frozenset(found) for name, found in left.items()}
    knot = min((reachable(graph, name) for name in graph), key=lambda names: (len(names), sorted(names)))
    loose = sorted(name for name in knot if not hard[name] & left[name])
    if loose:
        left[loose[0]].clear()
        return []
    path = cycle({name: hard[name] & left[name] for name in knot})
    left[path[0]].discard(path[1])
    return [_fault(path)]


def _path(graph: Graph, start: str) -> tuple[str, ...]:
    """The shortest way from `start` back to itself, by breadth."""
    paths: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for path in paths:
        for following in sorted(graph.get(path[-1], ())):
            if following == start:
                return (*path, start)
            if following not in seen:
                seen.add(following)
                paths.append((*path, following))
    return ()


def _fault(path: tuple[str, ...]) -> Fault:
    return Fault(
        mapping=path[0],
        message=f"the mapping needs itself: {' needs '.join(path)}",
        hint=f"take one step out: delete a row of sync.mapping_dependency, or set parent_mapping of {path[-2]} to null",
    )
