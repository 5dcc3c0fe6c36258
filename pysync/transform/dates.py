"""Formats and cultures of dates and numbers, as patterns that the database matches text with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pysync.errors import MappingError


@dataclass(frozen=True, slots=True)
class Shape:
    """A way to write a date: a regular expression, and one letter for each of its groups.

    y year, M month, N its name, d day, H hour, m minute, s second, f fraction, t AM or PM, z offset.
    """

    pattern: str
    parts: str


@dataclass(frozen=True, slots=True)
class Culture:
    """How a language area writes dates and numbers."""

    day_first: bool
    decimal: str
    group: str
    months: tuple[str, ...]


def _months(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ENGLISH = _months("january february march april may june july august september|sept october november december")
_SPACES = " \u00a0\u202f"
_CULTURES = {
    "": Culture(False, ".", ",", _ENGLISH),
    "en-us": Culture(False, ".", ",", _ENGLISH),
    "en-gb": Culture(True, ".", ",", _ENGLISH),
    "da-dk": Culture(
        True,
        ",",
        ".",
        _months("januar februar marts april maj juni juli august september oktober november december"),
    ),
    "de-de": Culture(
        True,
        ",",
        ".",
        _months("januar februar märz|mrz april mai juni juli august september oktober november dezember"),
    ),
    "nl-nl": Culture(
        True,
        ",",
        ".",
        _months("januari februari maart|mrt april mei juni juli augustus september oktober november december"),
    ),
    "fr-fr": Culture(
        True,
        ",",
        _SPACES,
        _months("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    ),
}
_NAMES = "da-DK, de-DE, en-GB, en-US, fr-FR, nl-NL"
_NAME = r"([[:alpha:]]+)[.]?"
_TWO, _ONE_OR_TWO, _FOUR = "([0-9]{2})", "([0-9]{1,2})", "([0-9]{4})"
_NET = {
    "yyyy": (_FOUR, "y"), "yy": (_TWO, "y"), "MMMM": (_NAME, "N"), "MMM": (_NAME, "N"), "MM": (_TWO, "M"),
    "M": (_ONE_OR_TWO, "M"), "dddd": (r"[[:alpha:]]+[.]?", ""), "ddd": (r"[[:alpha:]]+[.]?", ""), "dd": (_TWO, "d"),
    "d": (_ONE_OR_TWO, "d"), "HH": (_TWO, "H"), "H": (_ONE_OR_TWO, "H"), "hh": (_TWO, "H"), "h": (_ONE_OR_TWO, "H"),
    "mm": (_TWO, "m"), "m": (_ONE_OR_TWO, "m"), "ss": (_TWO, "s"), "s": (_ONE_OR_TWO, "s"), "tt": ("([AP]M)", "t"),
    "zzz": ("([+-][0-9]{2}:[0-9]{2})", "z"), "K": ("(Z|[+-][0-9]{2}:[0-9]{2})?", "z"),
}  # fmt: skip
_POSTGRES = {
    "YYYY": (_FOUR, "y"), "YY": (_TWO, "y"), "MONTH": (_NAME, "N"), "MON": (_NAME, "N"), "MM": (_TWO, "M"),
    "DD": (_TWO, "d"), "HH24": (_TWO, "H"), "HH12": (_TWO, "H"), "HH": (_TWO, "H"), "MI": (_TWO, "m"),
    "SS": (_TWO, "s"), "MS": ("([0-9]{3})", "f"), "US": ("([0-9]{6})", "f"), "AM": ("([AP]M)", "t"),
    "PM": ("([AP]M)", "t"),
}  # fmt: skip
_TIME = (
    r"(?:[T ]+([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,]([0-9]{1,9}))?)? *(?:([AP])[.]?M[.]?)?"
    r" *(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


def culture(code: str | None) -> Culture:
    """The culture of that name; none is the invariant one, which writes as en-US does."""
    found = _CULTURES.get((code or "").lower())
    if found is None:
        raise MappingError(f"culture {code} is not one we know", hint=f"use one of {_NAMES}, or a data_format")
    return found


def shapes(found: Culture) -> tuple[Shape, ...]:
    """What people of a culture write: year first, their own order, or the month in words."""
    ends = f"{_TIME} *$"
    year = "([0-9]{4}|[0-9]{2})"
    numeric = f"^ *{_ONE_OR_TWO}[-./ ]+{_ONE_OR_TWO}[-./ ]+{year}{ends}"
    return (
        Shape(f"^ *{_FOUR}[-./]{_ONE_OR_TWO}[-./]{_ONE_OR_TWO}{ends}", "yMdHmsftz"),
        Shape(numeric, "dMyHmsftz" if found.day_first else "MdyHmsftz"),
        Shape(f"^ *{_ONE_OR_TWO}[.]?[- ]+{_NAME}[- ,]+{year}{ends}", "dNyHmsftz"),
        Shape(f"^ *{_NAME} +{_ONE_OR_TWO}[.,]* +{year}{ends}", "NdyHmsftz"),
    )


def shape(data_format: str) -> Shape:
    """The one way to write a date that a format describes, in .NET's letters or in those of to_date.

    >>> shape("yyyyMMdd") == shape("YYYYMMDD") == Shape("^([0-9]{4})([0-9]{2})([0-9]{2})$", "yMd")
    True
    >>> shape("dd/MM/yy 'at' H:mm").parts
    'dMyHm'
    """
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", data_format)
    known = _NET if re.search("[yd]", bare) else _POSTGRES
    token = re.compile(
        "|".join([r"'[^']*'", r'"[^"]*"', r"\\.", "f{1,7}" if known is _NET else "(?!)", *known, "."]), re.S
    )
    pattern, parts = "", ""
    for piece in token.findall(data_format):
        text, part = _token(piece, known, data_format)
        pattern += text
        parts += part
    if not {"y", "d"} <= set(parts) or not {"M", "N"} & set(parts):
        raise _fault(data_format, "needs a year, a month and a day: MM is the month, mm the minute")
    if len(set(parts)) < len(parts):
        raise _fault(data_format, "names a part twice")
    return Shape(f"^{pattern}$", parts)


def _token(piece: str, known: dict[str, tuple[str, str]], data_format: str) -> tuple[str, str]:
    if piece in known:
        return known[piece]
    if re.fullmatch("f+", piece):
        return f"([0-9]{{{len(piece)}}})", "f"
    if len(piece) > 1:
        return re.escape(piece[1:-1] if piece[0] in "'\"" else piece[1:]), ""
    if piece.isalpha() and piece not in "TZ":
        raise _fault(data_format, f"has {piece}, which is no part of a date we know; write 'text' in quotes")
    return re.escape(piece) if piece.isascii() else piece, ""


def _fault(data_format: str, what: str) -> MappingError:
    return MappingError(f"data_format {data_format} {what}", hint="write it like yyyyMMdd or YYYY-MM-DD HH24:MI:SS")
