"""A share's part of a page in the storage format, and what people's comments hang on in it.

Confluence keeps no comments of XML and writes what it is sent in its own way, with ids of its own.
So the marks are anchors, the first of which names what was sent; and two texts are the same that
have the same elements and words, however they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from html import escape, unescape

from ..parts import Parted, digest
from .text import anchor

_ANCHOR = (
    r"<ac:structured-macro\b(?=[^>]*\bac:name=\"anchor\")[^>]*>"
    r"(?:(?!</ac:structured-macro>).)*?<ac:parameter\b[^>]*>\s*{name}\s*</ac:parameter>"
    r"(?:(?!</ac:structured-macro>).)*?</ac:structured-macro>"
)
_MARK = rf"<p\b[^>]*>\s*{_ANCHOR}\s*</p>\s*"
_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<data>.*?)\]\]>|<!--.*?-->"
    r"|<(?P<end>/?)(?P<name>[\w:.-]+)(?P<attributes>(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)"
    r"\s*(?P<empty>/?)>|(?P<text>[^<]+|<)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
#: What an element is; all other attributes are how Confluence or its editors keep it.
_MEANT = {
    *("href", "colspan", "rowspan", "ac:name", "ac:anchor", "ac:alt", "ri:filename"),
    *("ri:content-title", "ri:space-key", "ri:value", "datetime"),
}
#: Elements that come and go by themselves.
_LOOSE = {"ac:inline-comment-marker", "tbody", "thead", "colgroup", "col", "span", "div"}
_COMMENT = re.compile(
    r"<ac:inline-comment-marker\b([^>]*)>((?:(?!</?ac:inline-comment-marker\b).)*)"
    r"</ac:inline-comment-marker>",
    re.DOTALL,
)
_ANY_COMMENT = re.compile(r"</?ac:inline-comment-marker\b[^>]*>")
_OWN_IDS = re.compile(
    r"\s(?:ac:macro-id|ac:schema-version|ac:local-id|local-id|ri:version-at-save|data-[\w-]+)"
    r"=\"[^\"]*\""
)
_LINES = re.compile(
    r"(</(?:p|h[1-6]|li|tr|ul|ol|table|blockquote|ac:structured-macro|ac:parameter)>|<hr */>)\n*"
)
#: Characters beside a comment by which its place is found again.
_BESIDE = 40


class StorageMarks:
    """Finds a share's part in a page; see `parts.Marks`."""

    exact = False

    def marked(self, part: str, key: str) -> str:
        """Return a part between its marks, which readers don't see."""
        begin, end = (anchor(f"lodge-{key}-{name}") for name in (digest(part), "end"))
        return f"<p>{begin}</p>\n{part}\n<p>{end}</p>\n"

    def parted(self, text: str, key: str) -> Parted | None:
        """Return a page taken apart; None where the marks are gone, or no longer one pair."""
        begins, ends = (list(mark.finditer(text)) for mark in _marks(key))
        if len(begins) != 1 or len(ends) != 1 or begins[0].end() > ends[0].start():
            return None
        (begin,), (end,) = begins, ends
        part = text[begin.end() : end.start()].strip()
        if not _is_whole(part):
            return None
        return Parted(text[: begin.start()], part, text[end.end() :], read(part), begin["name"])

    def replaced(self, found: Parted, part: str, key: str) -> str:
        """Return the page with another part; comments stay on words that are still there."""
        anew = self.marked(part, key)
        return f"{found.before}{carried(found.part, anew)}{found.after}"

    def below(self, theirs: str, part: str, key: str) -> str:
        """Return people's text, and the part below a line."""
        return f"{theirs.strip()}\n<hr />\n{self.marked(part, key)}"

    def follows(self, revision: str, before: str) -> bool:
        """Tell whether a page is as it was sent: nobody has made a version since."""
        return revision.isdecimal() and int(revision) == int(before or 0) + 1

    def unmarked(self, text: str, key: str) -> str:
        """Return a page's text without the marks of a key, however many there are."""
        for mark in _marks(key):
            text = mark.sub("", text)
        # One that somebody has written beside leaves that.
        return re.sub(_ANCHOR.format(name=rf"lodge-{key}-\w+"), "", text, flags=re.DOTALL)

    def readable(self, text: str) -> str:
        """Return a page's text in lines, without anybody's marks and without Confluence's ids."""
        text = re.sub(_MARK.format(name=r"lodge-[0-9a-z]+-\w+"), "", text, flags=re.DOTALL)
        return _LINES.sub(r"\1\n", _OWN_IDS.sub("", _ANY_COMMENT.sub("", text))).strip()


def read(markup: str) -> str:
    """Return a digest of what markup says, whoever has written it in which way."""
    found = sha256()
    for piece in _tight(list(_said(markup))):
        found.update(piece.encode("utf-8", "replace"))
        found.update(b"\0")
    return found.hexdigest()


def _said(markup: str) -> Iterator[str]:
    words = ""
    for token in _TOKEN.finditer(markup):
        name, text, data = token["name"], token["text"], token["data"]
        if text is not None:
            words += unescape(text)
        elif data is not None:
            # Spaces count here, and two sections in a row are one text.
            words += data.replace(" ", "\ue000").replace("\n", "\ue001")
        elif name is not None and name not in _LOOSE:
            yield from _spoken(words)
            words = ""
            if token["end"]:
                yield f"/{name}"
                continue
            attributes = sorted(
                (key, unescape(first or second))
                for key, first, second in _ATTRIBUTE.findall(token["attributes"])
                if key in _MEANT
            )
            yield f"{name} {attributes}"
            if token["empty"]:
                yield f"/{name}"
    yield from _spoken(words)


def _tight(pieces: list[str]) -> list[str]:
    """Return pieces without the paragraph that is all of a cell or item: it comes by itself."""
    kept: list[str] = []
    alone: list[int] = []
    for number, piece in enumerate(pieces):
        if piece == "p []" and kept and kept[-1].partition(" ")[0] in ("td", "th", "li"):
            alone.append(len(kept))
        elif piece == "/p" and alone and "p []" not in kept[alone[-1] :]:
            begun = alone.pop()
            if pieces[number + 1 : number + 2] in (["/td"], ["/th"], ["/li"]):
                continue
            kept.insert(begun, "p []")
        kept.append(piece) if piece != "p []" or not alone or alone[-1] != len(kept) else None
    return kept


def _spoken(words: str) -> Iterator[str]:
    flat = " ".join(words.split())
    if flat:
        yield flat


def carried(old: str, new: str) -> str:
    """Return a text with the comments of another one on the same words.

    Parameters
    ----------
    old
        The text that people have commented on.
    new
        The text that comes in its place, without comments. Where the words are gone, so is what the
        comment hung on; Confluence itself keeps the comment.
    """
    plain = _ANY_COMMENT.sub("", old)
    taken: list[tuple[int, int, str]] = []
    for comment in _COMMENT.finditer(old):
        words = _ANY_COMMENT.sub("", comment[2])
        start = len(_ANY_COMMENT.sub("", old[: comment.start()]))
        place = _place(words, plain, start, new, taken)
        if place is not None:
            taken.append((*place, comment[1]))
    for start, end, attributes in sorted(taken, reverse=True):
        marker = "ac:inline-comment-marker"
        new = f"{new[:start]}<{marker}{attributes}>{new[start:end]}</{marker}>{new[end:]}"
    return new


def _place(
    words: str, plain: str, start: int, new: str, taken: list[tuple[int, int, str]]
) -> tuple[int, int] | None:
    """Return where in a text words stand that stood elsewhere; None where they don't."""
    if not words.strip() or not _is_whole(words):
        return None
    # As our own writer has them: with no other names for signs than it needs.
    wanted = words if "<" in words else escape(unescape(words), quote=False)
    before, after = plain[max(0, start - _BESIDE) : start], plain[start + len(words) :][:_BESIDE]
    best: tuple[int, int, int] | None = None
    for at in _found(wanted, new):
        end = at + len(wanted)
        if any(at < other_end and other < end for other, other_end, _ in taken):
            continue
        alike = _alike(before[::-1], new[max(0, at - _BESIDE) : at][::-1])
        alike += _alike(after, new[end : end + _BESIDE])
        # Of places that are alike the one that is where it was.
        rank = (alike, -abs(at - start), at)
        best = rank if best is None else max(best, rank)
    return None if best is None else (best[2], best[2] + len(wanted))


def _found(wanted: str, new: str) -> Iterator[int]:
    """Yield where words begin that are words of the page, and no code or part of a tag."""
    open_ = ""
    for token in _TOKEN.finditer(new):
        name = token["name"]
        if name in ("ac:parameter", "ac:plain-text-link-body"):
            open_ = "" if token["end"] or token["empty"] else name
        if token["data"] is not None or open_:
            continue
        if name is not None:
            if new.startswith(wanted, token.start()):
                yield token.start()
            continue
        at = new.find(wanted, token.start(), token.end() + len(wanted))
        while at != -1 and at < token.end():
            yield at
            at = new.find(wanted, at + 1, token.end() + len(wanted))


def _alike(one: str, other: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), _BESIDE)


def _is_whole(markup: str) -> bool:
    """Tell whether each element that begins in markup ends there, and the other way round."""
    depth: list[str] = []
    for token in _TOKEN.finditer(markup):
        name = token["name"]
        if name is None or token["empty"]:
            continue
        if not token["end"]:
            depth.append(name)
        elif not depth or depth.pop() != name:
            return False
    return not depth


def _marks(key: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(_MARK.format(name=rf"lodge-{key}-(?P<name>[0-9a-f]{{64}})"), re.DOTALL),
        re.compile(_MARK.format(name=rf"lodge-{key}-(?P<name>end)"), re.DOTALL),
    )
