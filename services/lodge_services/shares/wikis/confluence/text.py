"""Any text in Confluence's storage format, which is XML, so that it shows as that text."""

from __future__ import annotations

import re
from urllib.parse import quote

#: What XML has no place for.
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_SIGNS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LEADS = re.compile(r"(?:https?://[^/?#\s]|mailto:[^\s])", re.IGNORECASE)
_IN_ADDRESS = "/?#@:;,.=+$&()*!%~'"

#: The code macro's names of languages, by Pygments' names; it fails for a name it does not know.
_LANGUAGES = {
    **dict.fromkeys(("python", "python3", "ipython", "ipython3", "py", "numpy"), "py"),
    **dict.fromkeys(("bash", "sh", "shell", "console", "zsh"), "bash"),
    **dict.fromkeys(("javascript", "js", "typescript", "json"), "js"),
    **dict.fromkeys(("c", "cpp", "c++"), "cpp"),
    **dict.fromkeys(("csharp", "c#"), "c#"),
    **dict.fromkeys(("html", "xml", "html+jinja"), "xml"),
    **dict.fromkeys(("yaml", "yml"), "yml"),
    **dict.fromkeys(("ruby", "rb"), "ruby"),
    **dict.fromkeys(("postgresql", "mysql", "plpgsql", "sqlite3", "sql"), "sql"),
    **{name: name for name in ("java", "scala", "groovy", "perl", "php", "css", "sass", "diff")},
    "powershell": "powershell",
    "erlang": "erl",
    "delphi": "delphi",
    "vb.net": "vb",
}


def plain(text: str) -> str:
    """Return text with what XML can't hold marked, and lines that end in one way."""
    return _ODD.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def escaped(text: str) -> str:
    """Return text for the inside of an element; white space is one blank, as in HTML."""
    return _SPACES.sub(" ", plain(text)).translate(_SIGNS)


def quoted(text: str) -> str:
    """Return text as an attribute's value, with its quotes."""
    return f'"{escaped(text).replace(chr(34), "&quot;")}"'


def address(url: str) -> str | None:
    """Return an address as an attribute's value; None for what leads to no page and no mailbox."""
    url = url.strip()
    if not _LEADS.match(url):
        return None
    scheme, _, rest = url.partition(":")
    return quoted(f"{scheme.lower()}:{quote(plain(rest), safe=_IN_ADDRESS)}")


def macro(name: str, body: str = "", **parameters: str) -> str:
    """Return a macro; `body` is what follows its parameters, and each of these is plain text."""
    said = "".join(
        f'<ac:parameter ac:name="{key}">{escaped(value)}</ac:parameter>'
        for key, value in parameters.items()
    )
    opened = f'<ac:structured-macro ac:name="{name}" ac:schema-version="1">'
    return f"{opened}{said}{body}</ac:structured-macro>"


def rich_body(markup: str) -> str:
    """Return the body of a macro that holds blocks."""
    return f"<ac:rich-text-body>{markup}</ac:rich-text-body>"


def plain_body(text: str) -> str:
    """Return the body of a macro that holds text as it is."""
    # Only its own end means something within.
    inner = plain(text).replace("]]>", "]]]]><![CDATA[>")
    return f"<ac:plain-text-body><![CDATA[{inner}]]></ac:plain-text-body>"


def code(source: str, language: str) -> str:
    """Return code in its language, every blank of it; `language` is Pygments' name or ""."""
    name = _LANGUAGES.get(language.lower(), "text")
    return macro("code", plain_body(source.strip("\n")), language=name)


def kept(text: str, title: str = "") -> str:
    """Return a text as it is, every blank of it, below a title if there is one."""
    return macro("noformat", plain_body(text), **({"title": title} if title else {}))


def folded(title: str, body: str) -> str:
    """Return blocks that are shown when somebody asks for them, below a plain title."""
    return macro("expand", rich_body(body), title=title)


def anchor(name: str) -> str:
    """Return what a link of the page leads to."""
    parameter = f'<ac:parameter ac:name="">{escaped(name)}</ac:parameter>'
    return macro("anchor", parameter)
