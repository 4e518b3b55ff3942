"""Mails that tell of alerts: pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from markupsafe import Markup

from ...pages.translation import Translator
from .words import Entry

#: Longest subject, in characters.
_SUBJECT = 150
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*)\Z")


def domain_of(address: str) -> str | None:
    """Return the domain of a mail address; None for what is none.

    Only plain addresses are known: nothing in them may end a header or name a second recipient.
    """
    found = _ADDRESS.match(address)
    if found is None or len(address) > 254:
        return None
    local = address.partition("@")[0]
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return None
    return found[1].lower()


def subject_of(entries: Sequence[Entry], translate: Translator) -> str:
    """Return what a message is about, in one line."""
    first = entries[-1].headline
    if len(entries) > 1:
        first = translate("{headline} (and {count} more)", headline=first, count=len(entries) - 1)
    return one_line(first, _SUBJECT)


def one_line(text: str, most: int) -> str:
    """Return a text as one line, without what ends a header, and not longer than `most`."""
    seen = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"


def compose(
    entries: Sequence[Entry],
    *,
    sender: str,
    to: str,
    batch: str,
    now: datetime,
    translate: Translator,
) -> EmailMessage:
    """Return the mail that tells entries, the oldest first, as plain text and as HTML.

    Parameters
    ----------
    entries
        What it tells.
    sender, to
        Whom it is from, as the settings have it, and whom it is for.
    batch
        Tells it from all others: sent again, it has the same Message-ID.
    now
        When it is sent.
    translate
        Into the recipient's language.
    """
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(one_line(name, 100), addr_spec=address)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = subject_of(entries, translate)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<alert-{batch}@{address.rpartition('@')[2]}>"
    # No vacation notice answers it.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text_of(entries, translate))
    mail["Content-Language"] = "zh-CN" if translate.language == "zh" else "en"
    mail.add_alternative(_html(entries, translate), subtype="html")
    return mail


def text_of(entries: Sequence[Entry], translate: Translator) -> str:
    """Return entries as plain text."""
    parts = []
    for one in entries:
        lines = [one.headline, "", *one.sentences]
        if one.source:
            lines += ["", translate("The cell:"), *_indented(one.source)]
        if one.log:
            lines += ["", translate("The last lines of its log:"), *_indented(one.log)]
        lines += ["", f"{translate('Look at it')}: {one.run_url}"]
        lines += [f"{translate('Mute it, or choose what is told')}: {one.mute_url}"]
        parts.append("\n".join(lines))
    return "\n\n----\n\n".join(parts) + "\n"


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


_PRE = (
    "margin:0 0 12px;padding:8px 12px;background:#f3f1ec;border-radius:6px;white-space:pre-wrap;"
    "font:13px/1.5 monospace"
)
_COLOURS: Mapping[str, str] = {
    "failed": "#a3260f",
    "late": "#8a5a00",
    "slow": "#8a5a00",
    "recovered": "#1f6f4a",
    "test": "#44413a",
}


def _html(entries: Sequence[Entry], translate: Translator) -> str:
    parts = [_html_of(one, translate) for one in entries]
    between = Markup('<hr style="border:0;border-top:1px solid #d9d5cc;margin:24px 0">')
    language = "zh-CN" if translate.language == "zh" else "en"
    return str(
        Markup(
            '<!doctype html><html lang="{}"><head><meta charset="utf-8"></head>'
            '<body style="margin:0;padding:24px;color:#22201b;background:#ffffff;'
            'font:15px/1.5 sans-serif"><div style="max-width:640px">{}</div></body></html>'
        ).format(language, between.join(parts))
    )


def _html_of(one: Entry, translate: Translator) -> Markup:
    pre = Markup('<p style="margin:0 0 4px">{}</p><pre style="{}">{}</pre>')
    link = Markup('<a href="{}" style="color:#1f6f4a">{}</a>')
    return Markup(
        '<h1 style="margin:0 0 12px;font-size:19px;color:{colour}">{headline}</h1>'
        "{sentences}{source}{log}<p>{run} &#160; {mute}</p>"
    ).format(
        colour=_COLOURS[one.what],
        headline=one.headline,
        sentences=Markup().join(
            Markup('<p style="margin:0 0 8px">{}</p>').format(each) for each in one.sentences
        ),
        source=pre.format(translate("The cell:"), _PRE, one.source) if one.source else "",
        log=pre.format(translate("The last lines of its log:"), _PRE, one.log) if one.log else "",
        run=link.format(one.run_url, translate("Look at it")),
        mute=link.format(one.mute_url, translate("Mute it, or choose what is told")),
    )
