"""The parts of the service, put together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from ..clock import Clock, utc_now
from ..db.engine import Database
from ..db.migrate import upgrade
from ..keys import kept_key
from ..render import render_notebook
from ..web.kept import Kept
from .comments.core import Comments
from .core import Shares
from .events import Events
from .files.core import Files
from .files.models import Limits
from .lineage import Lineage
from .models import LODGE
from .proposals.core import Proposals
from .publications.models import Targets
from .publishing.core import Addresses, Publishing
from .publishing.giving import Giving
from .readings import Readings
from .rendered import RenderedStore
from .runs import RunVersions
from .stores.base import ContentStore
from .stores.folder import FolderStore
from .tickets import Tickets


@dataclass
class SharesService:
    """Shares, fork tickets, rendered notebooks, pages in wikis, and how often shares are read."""

    shares: Shares
    tickets: Tickets
    rendered: RenderedStore
    publishing: Publishing
    readings: Readings
    events: Events
    comments: Comments
    proposals: Proposals
    lineage: Lineage
    runs: RunVersions
    giving: Giving
    files: Files
    kept: Kept = field(default_factory=Kept)
    """Pages, notebooks and pictures as readers get them."""
    printing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by who has a PDF made."""
    tiles: str = ""
    """Address of what maps lie on, with ``{z}``, ``{x}`` and ``{y}``; "" for nothing."""

    @classmethod
    def open(
        cls,
        database_url: str,
        store: Path,
        clock: Clock = utc_now,
        *,
        wikis: Targets | None = None,
        address: str = "",
        refuse_secrets: bool = False,
        contents: ContentStore | None = None,
        limits: Limits = Limits(),  # noqa: B008  (never changes)
        tiles: str = "",
    ) -> SharesService:
        """Bring the database to the newest schema and open it with the store in a folder.

        Parameters
        ----------
        database_url
            Of SQLAlchemy.
        store
            The folder.
        clock
            Gives the time now.
        wikis
            That shares can be published to, by name; none by default.
        address
            Of the service, whole, ending in a slash; pages of wikis lead there.
        refuse_secrets
            Whether notebooks with secrets in them are refused.
        contents
            Where notebooks, files and pictures are. None: in the folder too.
        limits
            How large the files of a version may be.
        tiles
            Address of what maps lie on.
        """
        upgrade(database_url, "shares")
        database = Database(database_url)
        contents = contents or FolderStore(store)
        shares = Shares(database, contents, clock, refuse_secrets=refuse_secrets, limits=limits)
        given = any(target.own_tokens for target in (wikis or {}).values())
        key = kept_key(store / "wiki_tokens.key") if given else None
        publishing = Publishing(shares, wikis or {}, Addresses(address), key=key)
        rendered, readings = RenderedStore(store / "rendered"), Readings(database, clock)
        return cls(
            shares,
            Tickets(shares),
            rendered,
            publishing,
            readings,
            Events(database),
            Comments(shares),
            Proposals(shares),
            Lineage(shares),
            RunVersions(shares),
            Giving(publishing),
            Files(shares, limits, refuse_secrets=refuse_secrets),
            tiles=tiles,
        )

    def rendered_notebook(self, share_id: str, number: int, digest: str, language: str) -> bytes:
        """Return safe HTML of the notebook of a version, encoded; whose to read is checked before.

        Parameters
        ----------
        share_id, number
            Name the version.
        digest
            Of the version's notebook.
        language
            Of what the renderer says itself: ``en`` or ``zh``.
        """

        def make() -> str:
            return render_notebook(self.shares.notebook(LODGE, share_id, number), language=language)

        return self.rendered.get(digest, language, make)

    def purge(self) -> int:
        """Delete for good what was deleted long ago, and pages that are no more needed.

        Returns
        -------
        int
            How many shares.
        """
        self.files.forget()
        purged = self.shares.purge(self.publishing.targets)
        self.rendered.prune()
        return purged

    def close(self) -> None:
        """Close the database, and the connections to wikis."""
        self.publishing.close()
        self.shares.database.close()
