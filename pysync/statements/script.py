"""A file of SQL that a person wrote, cut into its statements; its text stays as it was typed."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import Token, TokenType, tokenize
from sqlglot.errors import SqlglotError

from pysync.errors import UsageError

# What an edit of mapping rows may be; above all, nothing that ends the transaction it is tried in.
_EDITS = ("insert", "update", "delete", "merge", "with", "select")
_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)


@dataclass(frozen=True, slots=True)
class Part:
    """One statement with the line it begins in, and its tokens' places in the text."""

    text: str
    line: int
    tokens: tuple[Token, ...]

    @property
    def verb(self) -> str:
        """Its first word, in lower case."""
        return self.tokens[0].text.lower()


def parts(text: str) -> tuple[Part, ...]:
    """The statements of a script; raises UsageError when it cannot be read.

    >>> [(p.verb, p.line) for p in parts("insert into t values ('a;b');\\n-- done;\\nselect $$;$$")]
    [('insert', 1), ('select', 3)]
    """
    try:
        tokens = tokenize(text, dialect="postgres")
    except SqlglotError as exc:
        raise UsageError("the file cannot be read as SQL: a quote or comment is not closed") from exc
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            found.append([])
        else:
            found[-1].append(token)
    return tuple(_part(text, mine) for mine in found if mine)


def _part(text: str, tokens: Sequence[Token]) -> Part:
    start, end = tokens[0].start, tokens[-1].end + 1
    return Part(text[start:end], text.count("\n", 0, start) + 1, tuple(tokens))


def edits(text: str) -> tuple[Part, ...]:
    """The statements of a file of edits; raises UsageError for one that is no edit of rows."""
    found = parts(text)
    for part in found:
        if part.verb not in _EDITS:
            raise UsageError(
                f"line {part.line}: {part.verb} is no edit of mapping rows",
                hint=f"a file of edits holds {', '.join(_EDITS)}",
            )
    return found


def redirected(text: str, tables: Container[str]) -> Iterator[str]:
    """The inserts of a file with their tables looked for in pg_temp instead of sync; raises UsageError for any other.

    >>> list(redirected("insert into sync.system values ('sync.system');", {"system"}))
    ["insert into pg_temp.system values ('sync.system')"]
    """
    for part in parts(text):
        schema = _schema_of(part)
        if schema is None or _name(part.tokens[4]) not in tables:
            raise UsageError(
                f"line {part.line}: not an insert into a mapping table",
                hint="the file holds whole mappings, as `pysync mapping dump` prints them;"
                " for other edits type: pysync explain --edit FILE",
            )
        first = part.tokens[0].start
        yield part.text[: schema.start - first] + "pg_temp" + part.text[schema.end + 1 - first :]


def _schema_of(part: Part) -> Token | None:
    """The token that says `sync` in `insert into sync.table`."""
    head = part.tokens[:5]
    kinds = [t.token_type for t in head[:2]]
    if len(head) < 5 or kinds != [TokenType.INSERT, TokenType.INTO] or head[3].token_type is not TokenType.DOT:
        return None
    return head[2] if _name(head[2]) == "sync" else None


def _name(token: Token) -> str:
    return token.text if token.token_type is TokenType.IDENTIFIER else token.text.lower()
