"""The ways by which people are told, as the settings have them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ...clock import Clock
from ...keys import DamagedKeyError, kept_key
from ...web.settings import ServiceSettings, SettingsError
from .courier import AT_ONCE
from .models import WEBHOOKS, Kind
from .places import Places
from .sending import Sender
from .settings import AlertSettings
from .smtp import MailSender, Translators
from .vault import Vault
from .webhooks.sender import WebhookSender


@dataclass
class Ways:
    """What sends, and where to.

    Attributes
    ----------
    places
        Where people can be told.
    senders
        What sends, by kind.
    pool
        Threads for what is slow; nothing else waits for them.
    """

    places: Places
    senders: dict[Kind, Sender]
    pool: ThreadPoolExecutor

    @classmethod
    def of(
        cls,
        own: AlertSettings,
        service: ServiceSettings,
        translators: Translators,
        clock: Clock,
    ) -> Ways:
        """Return the ways of settings.

        Parameters
        ----------
        own
            How people are told.
        service
            Of the service: links in messages lead to its pages.
        translators
            Into the recipients' languages.
        clock
            Gives the time.

        Raises
        ------
        SettingsError
            The key of what webhooks are reached by is damaged.
        """
        try:
            key = kept_key(service.store / "alert_secrets.key")
        except DamagedKeyError as error:
            raise SettingsError(f"{error}: delete it, and webhooks are to be added anew.") from None
        vault = Vault(key)
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lodge-alerts")
        site = service.hub.service_address(own.public_url)
        senders: dict[Kind, Sender] = {}
        if own.mail.host:
            senders["mail"] = MailSender(own.mail, site, translators, clock, pool)
        private = own.private_webhooks
        webhooks = WebhookSender(vault, site, translators, clock, pool, private=private)
        senders |= dict.fromkeys(WEBHOOKS, webhooks)
        places = Places(
            mail=bool(own.mail.host),
            domains=own.mail.domains,
            vault=vault,
            private_webhooks=private,
        )
        return cls(places, senders, pool)

    def close(self) -> None:
        """Let the threads go; what they are at is sent again after the next start."""
        self.pool.shutdown(wait=False, cancel_futures=True)
