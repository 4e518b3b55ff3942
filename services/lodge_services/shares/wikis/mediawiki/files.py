"""Brings pictures to MediaWiki: those that are missing, in pieces where one is large."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha1
from typing import Any

from ..base import Attachment
from .session import ApiRefused, Session, refusal

CHUNK = 1_000_000
"""Bytes of one request: PHP's own limit, 2 MB as a rule, is one that the wiki does not tell."""

_BATCH = 50
_WHAT = "take a picture"
_COMMENT = "A picture of a notebook that was shared through Lodge"
#: A picture is named by its content, so that none of these says anything against it.
_HARMLESS = {
    *("was-deleted", "duplicate", "duplicate-archive", "page-exists", "exists-normalized"),
    *("large-file", "badfilename", "nochange", "no-change"),
}


def bring(session: Session, attachments: Iterable[Attachment]) -> int:
    """Upload those attachments that the wiki has not; return how many those were."""
    wanted = {attachment.name: attachment for attachment in attachments}
    there = _there(session, wanted)
    missing = [attachment for name, attachment in wanted.items() if name not in there]
    for attachment in missing:
        _upload(session, attachment)
    return len(missing)


def _there(session: Session, names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for batch in _batches(list(names)):
        titles = "|".join(f"File:{name}" for name in batch)
        answer = session.read(titles=titles, prop="imageinfo", iiprop="sha1")
        for page in answer.get("pages", ()):
            if page.get("imageinfo"):
                # The name of a file may have to begin with a capital letter.
                name = page["title"].partition(":")[2].replace(" ", "_")
                found.add(name[:1].lower() + name[1:])
    return found


def _upload(session: Session, attachment: Attachment) -> None:
    fields = {"filename": attachment.name, "comment": _COMMENT}
    if len(attachment.content) < CHUNK:
        answer = _sent(session, fields, ("file", attachment.content))
    else:
        key = _stash(session, attachment)
        answer = _sent(session, {**fields, "filekey": key})
    if answer.get("result") == "Warning":
        warnings = answer.get("warnings") or {}
        digest = sha1(attachment.content).hexdigest()  # noqa: S324  (MediaWiki's own)
        if "exists" in warnings and _digest(session, attachment.name) == digest:
            return
        bad = sorted(set(warnings) - _HARMLESS)
        if bad:
            why = ", ".join(bad)
            raise refusal(_WHAT, "upload", f"it warns of {attachment.name}: {why}")
        again = {**fields, "filekey": str(answer["filekey"]), "ignorewarnings": "1"}
        answer = _sent(session, again)
    _check(answer, attachment)


def _stash(session: Session, attachment: Attachment) -> str:
    """Send a large picture in pieces; return the key that it is waiting under."""
    content = attachment.content
    fields = {"filename": attachment.name, "filesize": str(len(content)), "stash": "1"}
    key = ""
    offset = 0
    while offset < len(content):
        place = {"offset": str(offset), **({"filekey": key} if key else {})}
        piece = content[offset : offset + CHUNK]
        # What is only waiting is not named yet, so no warning about its name is of use.
        sent = {**fields, **place, "ignorewarnings": "1"}
        answer = _sent(session, sent, ("chunk", piece))
        if answer.get("result") not in ("Continue", "Success") or not answer.get("filekey"):
            raise refusal(_WHAT, "upload", f"it took only a part of {attachment.name}")
        key = str(answer["filekey"])
        offset += len(piece)
    return key


def _sent(
    session: Session, fields: Mapping[str, str], content: tuple[str, bytes] | None = None
) -> dict[str, Any]:
    try:
        return session.do(_WHAT, "upload", fields, content)
    except ApiRefused as error:
        # Somebody brought it in the meantime.
        if error.code == "fileexists-no-change":
            return {}
        raise


def _check(answer: Mapping[str, Any], attachment: Attachment) -> None:
    """Raise what is wrong unless the wiki has a picture byte by byte."""
    if not answer:
        return
    if answer.get("result") != "Success":
        raise refusal(_WHAT, "upload", f"it says {answer.get('result')} of {attachment.name}")
    digest = (answer.get("imageinfo") or {}).get("sha1")
    if digest != sha1(attachment.content).hexdigest():  # noqa: S324
        raise refusal(_WHAT, "upload", f"it keeps {attachment.name} in another form")


def _digest(session: Session, name: str) -> str:
    answer = session.read(titles=f"File:{name}", prop="imageinfo", iiprop="sha1")
    for page in answer.get("pages", ()):
        for info in page.get("imageinfo") or ():
            return str(info.get("sha1"))
    return ""


def _batches(names: list[str]) -> Iterable[list[str]]:
    return (names[start : start + _BATCH] for start in range(0, len(names), _BATCH))
