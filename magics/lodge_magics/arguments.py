"""A small parser for the options of a magic: declared, validated, the nearest name for a typo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lodge_magics.errors import OptionError
from lodge_magics.language import say
from lodge_magics.words import did_you_mean, split_words, unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Arguments", "Option", "parse_arguments"]


@dataclass(frozen=True)
class Option:
    """One option of a magic.

    Attributes
    ----------
    name
        With its dashes, for example `--conf`.
    value
        What follows it, for messages, such as `NAME=VALUE`; empty for a flag.
    repeated
        Whether it may be given several times; default False.
    raw
        Whether quotes in its value are kept, because it is a Python expression; default False.
    optional
        For a value that may be left out: tells whether the next word is that value. None (default)
        means the value must be there.
    help
        What it does, for the reference: Markdown.
    """

    name: str
    value: str = ""
    repeated: bool = False
    raw: bool = False
    optional: Callable[[str], bool] | None = None
    help: str = ""

    @property
    def usage(self) -> str:
        """How it is written, in brackets since it may be left out."""
        return f"[{self.name} {self.value}]".replace(" ]", "]") + "..." * self.repeated


@dataclass
class Arguments:
    """What was given on a magic's line."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def one(self, name: str) -> str | None:
        """Return the value of an option, or None when it was not given."""
        given = self.values.get(name)
        return given[-1] if given else None

    def all(self, name: str) -> list[str]:
        """Return every value of a repeated option, in order."""
        return self.values.get(name, [])

    def __contains__(self, name: str) -> bool:
        return name in self.flags or name in self.values


def parse_arguments(magic: str, text: str, options: Sequence[Option]) -> Arguments:
    """Parse the options of a magic.

    Parameters
    ----------
    magic
        Its name for messages, such as `%%spark`.
    text
        The line of the magic, and further option lines.
    options
        The options there are.

    Returns
    -------
    Arguments
        Flags, values and the words that belong to no option.

    Raises
    ------
    OptionError
        An option is unknown, is given twice, or misses or does not take a value.
    """
    known = {option.name: option for option in options}
    result = Arguments()
    words = split_words(text)
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if not word.startswith("--"):
            result.words.append(unquote(word))
            continue
        name, equals, value = word.partition("=")
        option = known.get(name)
        if option is None:
            hint = did_you_mean(name, known)
            told = "{magic} has no option {name}{hint}"
            raise OptionError(say(told, magic=magic, name=name, hint=hint))
        if not option.repeated and name in result:
            raise OptionError(f"{magic} got {name} twice; keep one of them.")
        if not option.value:
            if equals:
                raise OptionError(f"{name} of {magic} takes no value; write it alone.")
            result.flags.add(name)
            continue
        if not equals:
            following = words[position] if position < len(words) else None
            if option.optional is not None:
                if following is None or not option.optional(unquote(following)):
                    result.flags.add(name)
                    continue
            elif following is None or following.startswith("--"):
                told = "{name} of {magic} needs a value: {name} {value}."
                raise OptionError(say(told, name=name, magic=magic, value=option.value))
            value = following
            position += 1
        result.values.setdefault(name, []).append(value if option.raw else unquote(value))
    return result
