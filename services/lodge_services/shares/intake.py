"""What is taken into the store, before any row tells of it. Knows no HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lodge_runner.secrets_found import find_secrets

from ..clock import Clock, utc_now
from ..db.engine import Database
from ..errors import BadRequest
from .files.models import Limits
from .models import Actor
from .notebooks import Canonical, canonical, first_picture
from .reading import Reading
from .stores.base import ContentStore
from .tables import VersionRow


class Intake(Reading):
    """All shares, with what new versions of them are checked for and made of.

    Parameters
    ----------
    database
        Migrated to the newest schema.
    store
        Where notebooks, files and pictures are kept.
    clock
        Gives the time now.
    refuse_secrets
        Whether notebooks with secrets in them are refused.
    limits
        How large files may be.
    """

    def __init__(
        self,
        database: Database,
        store: ContentStore,
        clock: Clock = utc_now,
        *,
        refuse_secrets: bool = False,
        limits: Limits = Limits(),  # noqa: B008  (never changes)
    ) -> None:
        super().__init__(database, store, clock)
        self._refuse_secrets = refuse_secrets
        self._limits = limits

    def checked(self, notebook: Mapping[str, Any]) -> Canonical:
        """Return a notebook as it is kept.

        Raises
        ------
        BadRequest
            It is not valid, or has secrets in it where that is refused.
        """
        content = canonical(notebook)
        secrets = find_secrets(content.notebook) if self._refuse_secrets else []
        if secrets:
            named = [f"{one.kind} in cell {one.cell + 1}" for one in secrets[:5]]
            raise BadRequest(
                "secrets_found",
                f"It holds what looks like secrets ({', '.join(named)}), and Lodge's administrator "
                "lets none be shared; take them out of sources and outputs, then share it again.",
            )
        return content

    def stored(
        self, share_id: str, number: int, content: Canonical, actor: Actor, now: datetime
    ) -> VersionRow:
        """Return the row of a new version whose content is safely in the store."""
        self.store.put(content.content)
        picture = first_picture(content.notebook)
        return VersionRow(
            share_id=share_id,
            number=number,
            digest=content.digest,
            picture=self.store.put(picture[1]) if picture else None,
            picture_type=picture[0] if picture else None,
            author=actor.name,
            created_at=now,
        )

    def kept_environment(self, environment: Mapping[str, Any] | None) -> str | None:
        """Return the digest of what a notebook ran with, once that is in the store."""
        if environment is None:
            return None
        return self.store.put(json.dumps(environment, sort_keys=True).encode())
