"""Sends messages to webhooks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from ....clock import Clock
from ..mail import one_line
from ..outbox import Message
from ..sending import FailedError, RefusedError
from ..smtp import Translators
from ..vault import Vault
from ..words import entry_of
from .addresses import BadAddressError, parse
from .formats import FORMS, JUDGES, NAMES, Letter
from .posting import post

REFUSED = "{name} refused the message: {said}."
_WORD = re.compile(r"[a-z_-]{1,19}")
BUSY = "{name} can't take the message now: {said}."


class WebhookSender:
    """Sends messages to webhooks of all kinds.

    Parameters
    ----------
    vault
        Knows what they are reached by.
    site
        Address of the service's pages, whole, ending in a slash.
    translators
        Into the recipients' languages.
    clock
        Gives the time.
    pool
        Threads for looking up names.
    private
        Whether they may be in private networks, and without TLS.
    """

    def __init__(
        self,
        vault: Vault,
        site: str,
        translators: Translators,
        clock: Clock,
        pool: ThreadPoolExecutor,
        *,
        private: bool,
    ) -> None:
        self._vault = vault
        self._site = site
        self._translators = translators
        self._clock = clock
        self._pool = pool
        self._private = private

    async def send(self, message: Message, logs: Mapping[str, str]) -> None:
        """See `Sender.send`."""
        first = message.entries[0]
        if message.recipient is None:
            raise RefusedError("They are told of this job no more.")
        url, secret = self._vault.opened(message.recipient.secret)
        translate = self._translators(first.language)
        entries = [
            entry_of(one, logs.get(one.run_id or "", ""), self._site, translate)
            for one in message.entries
        ]
        letter = Letter(message.batch, entries, message.entries, self._clock(), translate)
        sending = FORMS[first.kind](letter, secret)
        try:
            address = parse(url, private=self._private)
        except BadAddressError as error:
            raise RefusedError(str(error)) from None
        status, answer = await post(
            address,
            sending.query,
            sending.body,
            sending.headers,
            private=self._private,
            pool=self._pool,
        )
        verdict, said = JUDGES[first.kind](status, answer)
        if verdict == "taken":
            return
        told = without(said, address.path, secret)
        words = (REFUSED if verdict == "never" else BUSY).format(name=NAMES[first.kind], said=told)
        raise RefusedError(words) if verdict == "never" else FailedError(words)


def without(said: str, path: str, secret: str) -> str:
    """Return what was answered without anything of an address's path, or of a secret."""
    parts = {secret, *path.replace("?", "/").replace("&", "/").replace("=", "/").split("/")}
    for part in sorted(parts, key=len, reverse=True):
        # Words that every such address has, as "webhook", are no secrets.
        if len(part) >= 6 and (part == secret or not _WORD.fullmatch(part)):
            said = said.replace(part, "…")
    return one_line(said, 200).rstrip(". ")
