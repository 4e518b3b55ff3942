"""A small tokenizer of SQL: enough to find `:name` and `;`, and to leave all else as it is.

A colon begins a parameter only where a value can stand. It stays in strings, quoted names and
comments, in casts (`a::int`), after a name, a closing bracket or a quote (`payload:field`,
`{'a':b}`, `label:`), in slices (`a[1:n]`, `a[:n]`), in times and before `=` (`@a := 1`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "CLICKHOUSE",
    "DUCKDB",
    "LEXES",
    "MYSQL",
    "POSTGRES",
    "SPARK",
    "SQLITE",
    "Kind",
    "Lexis",
    "Token",
    "lexis_of",
    "tokenize",
]


class Kind(Enum):
    """Kinds of tokens."""

    STRING = "string"
    NAME = "quoted name"
    COMMENT = "comment"
    SPACE = "space"
    WORD = "word"
    PARAMETER = "parameter"
    END = "semicolon"
    OTHER = "other"


@dataclass(frozen=True)
class Token:
    """A piece of the text; joined, the tokens are the text.

    Attributes
    ----------
    kind
        What it is.
    text
        The text itself; that of a parameter begins with its colon.
    """

    kind: Kind
    text: str


@dataclass(frozen=True)
class Lexis:
    """What differs between dialects.

    Attributes
    ----------
    backslash
        Quotes inside which a backslash escapes.
    strings
        Quotes of strings; the others quote names.
    quotes
        All quotes.
    hash_comments
        Whether `#` begins a comment.
    dashes_need_space
        Whether `--` begins a comment only before white space.
    nested_comments
        Whether `/* /* */ */` is one comment.
    dollar_quotes
        Whether `$$ ... $$` and `$tag$ ... $tag$` are strings.
    bracket_names
        Whether `[a b]` is a quoted name.
    raw_strings
        Whether `r'...'` knows no escapes.
    escape_strings
        Whether `e'...'` knows backslashes.
    atomic
        Whether only `BEGIN ATOMIC` begins a block; `begin` alone may be a name.
    blocks
        First words of statements that are blocks of others, with no routine around them.
    rules
        Whether brackets may hold statements: `CREATE RULE … DO ALSO (…; …)`.
    """

    backslash: str = ""
    strings: str = "'"
    quotes: str = "'\""
    hash_comments: bool = False
    dashes_need_space: bool = False
    nested_comments: bool = False
    dollar_quotes: bool = False
    bracket_names: bool = False
    raw_strings: bool = False
    escape_strings: bool = False
    atomic: bool = False
    blocks: tuple[str, ...] = ()
    rules: bool = False


DUCKDB = Lexis(nested_comments=True, dollar_quotes=True, escape_strings=True)
SQLITE = Lexis(quotes="'\"`", bracket_names=True)
MYSQL = Lexis(
    backslash="'\"",
    strings="'\"",
    quotes="'\"`",
    hash_comments=True,
    dashes_need_space=True,
    # `BEGIN` alone begins a transaction.
    blocks=("BEGIN NOT", "IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"),
)
SPARK = Lexis(
    backslash="'\"",
    strings="'\"",
    quotes="'\"`",
    nested_comments=True,
    raw_strings=True,
    blocks=("BEGIN",),
)
POSTGRES = Lexis(
    nested_comments=True, dollar_quotes=True, escape_strings=True, atomic=True, rules=True
)
CLICKHOUSE = Lexis(backslash="'\"`", quotes="'\"`", hash_comments=True)
# What most others have in common.
ANSI = Lexis(quotes="'\"`")
LEXES = {
    "duckdb": DUCKDB,
    "sqlite": SQLITE,
    "mysql": MYSQL,
    "postgres": POSTGRES,
    "hive": SPARK,
    "clickhouse": CLICKHOUSE,
    "clickhousedb": CLICKHOUSE,
}

_BEFORE_VALUE = "(,+-*/%<>=|&^~!"
_LITERAL_BRACKET = {"ARRAY", "IN", "SELECT", "VALUES", "RETURN", "AND", "OR", "NOT", "WHEN"}


def lexis_of(kind: str) -> Lexis:
    """Return the lexis of a kind of source.

    Parameters
    ----------
    kind
        The type of a source, or `sqlalchemy+DIALECT`.
    """
    return LEXES.get(kind.rpartition("+")[2], ANSI)


def tokenize(text: str, lexis: Lexis) -> list[Token]:
    """Cut SQL text into tokens.

    Parameters
    ----------
    text
        One statement or several; it need not be valid.
    lexis
        The dialect's.

    Returns
    -------
    list of Token
        Joined, their texts are `text`, character by character.
    """
    return _Tokenizer(text, lexis).run()


class _Tokenizer:
    def __init__(self, text: str, lexis: Lexis) -> None:
        self._text = text
        self._lexis = lexis
        self._tokens: list[Token] = []
        # Of each open bracket: "(", "{", "[" for a list, "s" for a subscript.
        self._open: list[str] = []
        # The last token that is no space and no comment, and whether it touches what follows.
        self._last: Token | None = None
        self._touching = False

    def run(self) -> list[Token]:
        position = 0
        while position < len(self._text):
            kind, end = self._next(position)
            token = Token(kind, self._text[position:end])
            self._note(token)
            self._tokens.append(token)
            position = end
        return self._tokens

    def _note(self, token: Token) -> None:
        if token.kind in (Kind.SPACE, Kind.COMMENT):
            self._touching = False
            return
        if token.kind is Kind.OTHER:
            if token.text in "({":
                self._open.append(token.text)
            elif token.text == "[":
                self._open.append("s" if self._is_subscript() else "[")
            elif token.text in ")]}" and self._open:
                self._open.pop()
        elif token.kind is Kind.END:
            self._open.clear()
        self._last = token
        self._touching = True

    def _is_subscript(self) -> bool:
        last = self._last
        if last is None:
            return False
        if last.kind is Kind.WORD:
            return last.text.upper() not in _LITERAL_BRACKET
        return last.kind in (Kind.NAME, Kind.STRING, Kind.PARAMETER) or last.text in (")", "]", "}")

    def _next(self, at: int) -> tuple[Kind, int]:
        text, lexis = self._text, self._lexis
        character = text[at]
        if character.isspace():
            end = at + 1
            while end < len(text) and text[end].isspace():
                end += 1
            return Kind.SPACE, end
        if character == ";":
            return Kind.END, at + 1
        comment = self._comment(at)
        if comment:
            return Kind.COMMENT, comment
        if character in lexis.quotes:
            kind = Kind.STRING if character in lexis.strings else Kind.NAME
            return kind, self._quoted(at)
        if character == "[" and lexis.bracket_names:
            found = text.find("]", at)
            return Kind.NAME, len(text) if found < 0 else found + 1
        if character == "$" and lexis.dollar_quotes:
            end = self._dollar_quoted(at)
            if end:
                return Kind.STRING, end
        if character == ":":
            return self._colon(at)
        if _in_word(character):
            end = at + 1
            while end < len(text) and (_in_word(text[end]) or text[end] == "$"):
                end += 1
            return Kind.WORD, end
        return Kind.OTHER, at + 1

    def _comment(self, at: int) -> int:
        text, lexis = self._text, self._lexis
        if text.startswith("--", at):
            after = text[at + 2 : at + 3]
            if lexis.dashes_need_space and after and not after.isspace():
                return 0
            return _line_end(text, at)
        if lexis.hash_comments and text[at] == "#":
            return _line_end(text, at)
        if not text.startswith("/*", at):
            return 0
        depth, position = 1, at + 2
        while position < len(text):
            if text.startswith("*/", position):
                depth, position = depth - 1, position + 2
                if not depth:
                    return position
            elif lexis.nested_comments and text.startswith("/*", position):
                depth, position = depth + 1, position + 2
            else:
                position += 1
        return len(text)

    def _quoted(self, at: int) -> int:
        text, lexis = self._text, self._lexis
        quote = text[at]
        escapes = quote in lexis.backslash
        if self._touching and self._last is not None and self._last.kind is Kind.WORD:
            prefix = self._last.text.lower()
            if lexis.raw_strings and prefix == "r":
                escapes = False
            if lexis.escape_strings and prefix == "e" and quote == "'":
                escapes = True
        position = at + 1
        while position < len(text):
            if escapes and text[position] == "\\":
                position += 2
            elif text[position] == quote:
                if text.startswith(quote, position + 1):
                    position += 2
                else:
                    return position + 1
            else:
                position += 1
        return len(text)

    def _dollar_quoted(self, at: int) -> int:
        text = self._text
        if self._touching and self._last is not None and self._last.kind is Kind.WORD:
            return 0
        end = at + 1
        while end < len(text) and _in_word(text[end]):
            end += 1
        if not text.startswith("$", end) or text[at + 1 : at + 2].isdigit():
            return 0
        tag = text[at : end + 1]
        found = text.find(tag, end + 1)
        return len(text) if found < 0 else found + len(tag)

    def _colon(self, at: int) -> tuple[Kind, int]:
        text = self._text
        if text.startswith("::", at):
            return Kind.OTHER, at + 2
        end = at + 1
        while end < len(text) and _in_word(text[end]):
            end += 1
        name = text[at + 1 : end]
        if name.isidentifier() and self._value_may_stand_here():
            return Kind.PARAMETER, end
        return Kind.OTHER, at + 1

    def _value_may_stand_here(self) -> bool:
        last = self._last
        if last is None:
            return True
        if self._open and self._open[-1] == "s":
            # Directly in a subscript a colon is a slice, unless it follows an operator.
            return last.kind is Kind.OTHER and last.text in _BEFORE_VALUE
        if not self._touching:
            return True
        if last.kind in (Kind.WORD, Kind.STRING, Kind.NAME, Kind.PARAMETER):
            return False
        return last.text not in (")", "]", "}", ":", "::", "@", ".")


def _in_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found
