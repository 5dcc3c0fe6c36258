"""Regular expressions of rules, from .NET's spelling to PostgreSQL's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pysync.errors import MappingError

_HINT = "write it as a PostgreSQL regular expression, or as a rule of type custom"
# What .NET writes with a letter PostgreSQL uses for something else.
_ESCAPES = {"b": r"\y", "B": r"\Y", "z": r"\Z", "h": None, "p": None, "P": None, "k": None, "G": None}
_NAMED = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_SPECIAL = re.compile(r"\(\?(?!:|=|!|<=|<!)")
_REPLACED = re.compile(r"\$(?:(\$)|(&)|(\d+)|\{(\w+)\})")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A PostgreSQL regular expression and its groups: a name, or None, for each."""

    text: str
    groups: tuple[str | None, ...]


def pattern(text: str) -> Pattern:
    r"""PostgreSQL's spelling of a pattern; raises MappingError for what PostgreSQL cannot match.

    >>> pattern(r"\bNo\.(?<no>\d+)").text
    '\\yNo\\.(\\d+)'
    """
    parts: list[str] = []
    groups: list[str | None] = []
    depth = at = 0
    while at < len(text):
        piece, name = _piece(text, at)
        parts.append("(" if name is not None else "[^\\n]" if piece == "." else _escape(piece))
        if piece == "(" or name is not None:
            groups.append(name)
        depth += piece.startswith("(") - (piece == ")")
        if depth < 0:
            break
        at += len(piece)
    if depth:
        raise _fault("has brackets that do not match", text)
    return Pattern("".join(parts), tuple(groups))


def replacement(text: str, groups: tuple[str | None, ...]) -> str:
    r"""PostgreSQL's spelling of a replacement with $1, ${name}, $& and $$.

    >>> replacement(r"$2\$1 $9", (None, None))
    '\\2\\\\\\1 $9'
    """

    def spelled(found: re.Match[str]) -> str:
        dollar, whole, number, name = found.groups()
        if dollar:
            return "$"
        if name and name in groups:
            number = str(groups.index(name) + 1)
        elif name and name.isdigit():
            number = name
        if whole or number == "0":
            return r"\&"
        if number is None or int(number) > len(groups):
            return found[0]
        if int(number) > 9:
            raise _fault("refers to a group beyond the ninth", text)
        return "\\" + number

    return _REPLACED.sub(spelled, text.replace("\\", "\\\\"))


def _piece(text: str, at: int) -> tuple[str, str | None]:
    """The smallest part of the pattern at a place, and the name if it opens a named group."""
    rest = text[at:]
    if rest[0] == "\\":
        if len(rest) == 1:
            raise _fault("ends in a backslash", text)
        return rest[:2], None
    if rest[0] == "[":
        return _bracket(text, rest), None
    if found := _NAMED.match(rest):
        return found[0], found[1]
    if rest.startswith("(?"):
        # Options such as (?i) may stand at the very beginning.
        if found := re.match(r"\(\?[a-z]+\)" if at == 0 else r"(?!)", rest):
            raise _fault(f"has the option {found[0]}", text)
        if _SPECIAL.match(rest):
            raise _fault(f"has {rest[:4]}, which PostgreSQL does not know", text)
        found = re.match(r"\(\?(?::|=|!|<=|<!)", rest)
        assert found is not None
        return found[0], None
    return rest[0], None


def _bracket(text: str, rest: str) -> str:
    found = re.match(r"\[\^?\]?(?:\[[:.=].*?[:.=]\]|\\.|[^\]\\])*\]", rest, re.DOTALL)
    if found is None:
        raise _fault("has brackets that do not match", text)
    if re.search(r"\\[pPbWDS]", found[0]):
        raise _fault(f"has {found[0]}, which PostgreSQL reads another way", text)
    return found[0]


def _escape(piece: str) -> str:
    if len(piece) != 2 or piece[0] != "\\" or piece[1] not in _ESCAPES:
        return piece
    spelled = _ESCAPES[piece[1]]
    if spelled is None:
        raise _fault(f"has {piece}, which PostgreSQL does not know", piece)
    return spelled


def _fault(what: str, text: str) -> MappingError:
    return MappingError(f"the regular expression {text!r} {what}", hint=_HINT)
