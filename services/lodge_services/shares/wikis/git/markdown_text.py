"""Any text as Markdown that shows as that text, in GitHub's flavour and what wikis add to it."""

from __future__ import annotations

import re

#: Marks of Markdown; and what wikis add to it: mentions, references, labels, names of pictures.
_MEANING = re.compile(
    r"[\\`*{}\[\]<>&|~$@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=[\w+-]|//)|(?<=www)\."
    # At the end, too: before a link it would be a picture of elsewhere.
    r"|[#!](?=\w|\Z)|%(?=[\w\"])"
)
#: What means something only where a line begins.
_AT_START = re.compile(r"(?:[#+\-=:!]|\d{1,9}(?=[.)]))")
_SPACES = re.compile(r"[ \t\r\n\f\v\u0085\u2028\u2029]+")
#: What no page can hold.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: What wikis show in colours. Of others they draw pictures, by a server or with files elsewhere.
_LANGUAGES = {
    *("bash", "c", "c#", "c++", "clojure", "cpp", "csharp", "css", "f#", "fortran", "fsharp", "go"),
    *("groovy", "haskell", "html", "java", "javascript", "js", "json", "julia", "kotlin", "lua"),
    *("matlab", "ocaml", "octave", "perl", "php", "powershell", "py", "python", "r", "ruby"),
    *("rust", "sas", "scala", "sh", "sql", "stata", "swift", "typescript", "xml", "yaml"),
}
#: Marks of the elements that a style is.
STYLES = {"strong": "**", "b": "**", "em": "*", "i": "*", "cite": "*", "del": "~~", "s": "~~"}


def escaped(text: str, *, strip: bool = True) -> str:
    """Return text for the inside of a line, in which nothing means anything to Markdown."""
    flat = _SPACES.sub(" ", CONTROL.sub("\ufffd", text))
    return _MEANING.sub(_reference, flat.strip() if strip else flat)


def _reference(match: re.Match[str]) -> str:
    sign = match[0]
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(sign) or f"\\{sign}"


def text_in_tag(text: str) -> str:
    """Return text for the inside of an element of HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fenced(source: str, language: str) -> str:
    """Return code on lines of its own, every blank of it."""
    plain = CONTROL.sub("\ufffd", source.replace("\r\n", "\n").replace("\r", "\n"))
    longest = max((len(run) for run in re.findall(r"`+", plain)), default=0)
    fence = "`" * max(3, longest + 1)
    language = {"ipython": "python", "ipython3": "python"}.get(language, language)
    return f"{fence}{language if language.lower() in _LANGUAGES else ''}\n{plain}\n{fence}"


def coded(text: str, before: str = "") -> str:
    """Return code for the inside of a line, after what stands before it."""
    flat = _SPACES.sub(" ", CONTROL.sub("\ufffd", text)).strip()
    if not flat:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    # In a table's row a pipe ends the cell wherever it stands; and two codes' marks would be one.
    if "|" in flat or before.endswith("`"):
        return f"<code>{escaped(flat)}</code>"
    return f"{fence}{pad}{flat}{pad}{fence}"


def began(line: str) -> str:
    """Return a line that begins a paragraph, and nothing else."""
    found = _AT_START.match(line)
    if found is None:
        return line
    sign, rest = found[0], line[found.end() :]
    return f"{sign}\\{rest}" if sign.isdigit() else f"\\{sign}{rest}"


def styled(inner: str, tag: str, before: str) -> str:
    """Return text in a style, after what stands before it."""
    text = inner.strip()
    lead = inner[: len(inner) - len(inner.lstrip())]
    end = inner[len(lead) + len(text) :]
    mark = STYLES[tag]
    # Marks count only beside what is no blank; and beside signs, or other marks, not everywhere.
    if text[0].isalnum() and text[-1].isalnum() and (lead or before[-1:] not in ("*", "~")):
        return f"{lead}{mark}{text}{mark}{end}"
    element = {"**": "strong", "*": "em", "~~": "del"}[mark]
    return f"{lead}<{element}>{text}</{element}>{end}"


def address(url: str) -> str:
    """Return the address of a link, for within angle brackets."""
    return "".join(
        char if char.isascii() and char.isprintable() and char not in ' <>\\"`|' else _percent(char)
        for char in url.strip()
    )


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
