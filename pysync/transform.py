"""Transformation rules compiled to SQL: a chain of rules becomes one expression over the value."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from pysync.errors import MappingError
from pysync.model import TransformationRule


def apply(tree: exp.Expr, code: str, rules: Mapping[str, TransformationRule]) -> exp.Expr:
    """The value of `tree` after rule `code` and the rules that follow it; raises MappingError on a loop."""
    raise MappingError(f"transformation rule {code} is not built yet", hint="use to_right or to_left")
