"""What each kind of webhook is sent, and what its answers mean: pure functions.

As their makers document them: Slack's incoming webhooks, custom robots of DingTalk, group robots of
WeCom, custom bots of Feishu. Of these DingTalk, WeCom and Feishu answer 200 where they refuse, with
a number that says why.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from ....pages.translation import Translator
from ..mail import one_line, subject_of
from ..models import AlertDelivery
from ..words import Entry

#: Bytes of text that are sent at most: what the strictest lets through, and the others.
_WECOM, _OTHERS = 4_000, 15_000


@dataclass(frozen=True)
class Letter:
    """What is told, in the forms that kinds of webhooks want.

    Attributes
    ----------
    batch
        Tells it from all others, also when it is sent again.
    entries
        In words, the oldest first.
    rows
        The same as data.
    now
        When it is sent.
    translate
        Into the recipient's language.
    """

    batch: str
    entries: Sequence[Entry]
    rows: Sequence[AlertDelivery]
    now: datetime
    translate: Translator


@dataclass(frozen=True)
class Sending:
    """A request.

    Attributes
    ----------
    body, headers
        Of it; it is a POST.
    query
        What the address has besides; "" for nothing.
    """

    body: bytes
    headers: Mapping[str, str]
    query: str = ""


Verdict = Literal["taken", "later", "never"]


def generic(letter: Letter, secret: str) -> Sending:
    """Return Lodge's own form: JSON, signed over its time and body."""
    alerts = [
        {
            "what": row.what,
            "job_id": row.job_id,
            "job": row.facts.get("job", ""),
            "owner": row.owner,
            "run_id": row.run_id,
            "at": row.created_at.isoformat(),
            "headline": entry.headline,
            "text": "\n".join(entry.sentences),
            "error": row.facts.get("error"),
            "log": entry.log,
            "run_url": entry.run_url,
            "mute_url": entry.mute_url,
        }
        for row, entry in zip(letter.rows, letter.entries, strict=True)
    ]
    body = _json({"id": letter.batch, "alerts": alerts})
    timestamp = str(int(letter.now.timestamp()))
    headers = {"X-Lodge-Delivery": letter.batch, "X-Lodge-Timestamp": timestamp}
    if secret:
        signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
        headers["X-Lodge-Signature"] = f"sha256={signed.hexdigest()}"
    return Sending(body, _kind(headers))


def slack(letter: Letter, _secret: str) -> Sending:
    """Return a message of Slack."""
    text = _text(letter, _OTHERS, bold="*", link=lambda name, url: f"<{url}|{name}>", safe=_slack)
    return Sending(_json({"text": text}), _kind())


def dingtalk(letter: Letter, secret: str) -> Sending:
    """Return a message of DingTalk; its signature stands in the address."""
    title = one_line(subject_of(letter.entries, letter.translate), 100)
    text = _text(letter, _OTHERS, bold="**", link=_markdown_link, safe=_mentioning_nobody)
    body = _json({"msgtype": "markdown", "markdown": {"title": title, "text": text}})
    if not secret:
        return Sending(body, _kind())
    timestamp = str(round(letter.now.timestamp() * 1000))
    sign = _signed(secret.encode(), f"{timestamp}\n{secret}".encode())
    return Sending(body, _kind(), f"timestamp={timestamp}&sign={quote(sign, safe='')}")


def wecom(letter: Letter, _secret: str) -> Sending:
    """Return a message of WeCom."""
    text = _text(letter, _WECOM, bold="**", link=_markdown_link, safe=_mentioning_nobody)
    return Sending(_json({"msgtype": "markdown", "markdown": {"content": text}}), _kind())


def feishu(letter: Letter, secret: str) -> Sending:
    """Return a message of Feishu; its signature stands in the body."""
    text = _text(
        letter, _OTHERS, bold="", link=lambda name, url: f"{name}: {url}", safe=_mentioning_nobody
    )
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        timestamp = str(int(letter.now.timestamp()))
        # The time and the secret are the key; nothing is what is signed.
        body |= {"timestamp": timestamp, "sign": _signed(f"{timestamp}\n{secret}".encode(), b"")}
    return Sending(_json(body), _kind())


def _signed(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _kind(headers: Mapping[str, str] | None = None) -> dict[str, str]:
    return {"Content-Type": "application/json; charset=utf-8", **(headers or {})}


def _markdown_link(name: str, url: str) -> str:
    return f"[{name}]({url})"


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mentioning_nobody(text: str) -> str:
    """Take the meaning from what would call people, as ``<at user_id="all">`` does."""
    return re.sub(r"<(?=\s*/?\s*(?:at\b|@))", "＜", text, flags=re.IGNORECASE)


def _text(
    letter: Letter,
    most: int,
    *,
    bold: str,
    link: Callable[[str, str], str],
    safe: Callable[[str], str],
) -> str:
    translate = letter.translate
    parts = []
    for one in letter.entries:
        links = [
            link(translate("Look at it"), one.run_url),
            link(translate("Mute it, or choose what is told"), one.mute_url),
        ]
        said = [f"{bold}{safe(one.headline)}{bold}", *(safe(each) for each in one.sentences)]
        parts.append("\n\n".join([*said, " · ".join(links)]))
        if one.log:
            # The last of it counts most.
            fenced = one.log.replace("```", "'''")[-1_000:]
            parts[-1] += f"\n\n```\n{safe(fenced)}\n```"
    return _cut("\n\n".join(parts), most)


def _cut(text: str, most: int) -> str:
    content = text.encode("utf-8", "replace")
    if len(content) <= most:
        return content.decode()
    return content[: most - 3].decode("utf-8", "ignore") + "…"


def by_status(status: int, _body: bytes) -> tuple[Verdict, str]:
    """Judge an answer by its status alone; what it says may be another's to read."""
    if 200 <= status < 300:
        return "taken", ""
    if status in (408, 425, 429) or status >= 500:
        return "later", str(status)
    return "never", str(status)


def by_slack(status: int, body: bytes) -> tuple[Verdict, str]:
    """Judge an answer of Slack, which names what is wrong in a word."""
    verdict, said = by_status(status, body)
    word = body[:100].decode("ascii", "replace").strip()
    return verdict, f"{said} {word}" if re.fullmatch(r"[a-z_]{1,50}", word) and said else said


def by_code(field: str, busy: Sequence[int]) -> Callable[[int, bytes], tuple[Verdict, str]]:
    """Return what judges answers by a number in their body, 0 for what was taken.

    Parameters
    ----------
    field
        Its name.
    busy
        Numbers that say to come again later.
    """

    def judge(status: int, body: bytes) -> tuple[Verdict, str]:
        verdict, said = by_status(status, body)
        try:
            answer = json.loads(body)
            code = int(answer[field])
        except (ValueError, KeyError, TypeError, RecursionError):
            # Something else has answered.
            return ("later" if verdict == "taken" else verdict), said or "no answer of a robot"
        if code == 0:
            return verdict, said
        words = one_line(str(answer.get("errmsg") or answer.get("msg") or ""), 200)
        return ("later" if code in busy or status >= 500 else "never"), f"{code} {words}".strip()

    return judge


FORMS: Mapping[str, Callable[[Letter, str], Sending]] = {
    "webhook": generic,
    "slack": slack,
    "dingtalk": dingtalk,
    "wecom": wecom,
    "feishu": feishu,
}
JUDGES: Mapping[str, Callable[[int, bytes], tuple[Verdict, str]]] = {
    "webhook": by_status,
    "slack": by_slack,
    # Busy, and more than twenty a minute.
    "dingtalk": by_code("errcode", (-1, 130101)),
    "wecom": by_code("errcode", (-1, 45009, 45033)),
    "feishu": by_code("code", (-1, 11232)),
}
NAMES: Mapping[str, str] = {
    "webhook": "The webhook",
    "slack": "Slack",
    "dingtalk": "DingTalk",
    "wecom": "WeCom",
    "feishu": "Feishu",
}
