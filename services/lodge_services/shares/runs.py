"""Versions that runs of schedules make: dated, with their parameters. Knows no HTTP.

A run is put on a share's page once, however often it is sent, and only while its owner owns the
share: nobody writes to a page by a schedule that they could not change by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lodge_runner.secrets_found import find_secrets
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import BadRequest
from .core import Shares
from .events import note
from .files.rows import files_of, keep_files
from .models import Actor, Share, VersionRun, cells_text
from .publications.rows import ask_again
from .reading import no_such_share
from .rows import keep_run, keep_sql_names, share_of
from .stores.base import MissingContent
from .tables import ShareRow, VersionRow


class RunVersions:
    """What runs put on the pages of shares.

    Parameters
    ----------
    shares
        The shares.
    """

    def __init__(self, shares: Shares) -> None:
        self._shares = shares

    def share(self, owner: str, share_id: str) -> Share:
        """Return a share that runs of `owner` may be put on.

        Raises
        ------
        NotFound
            `owner` has no such share.
        """
        share = self._shares.get(Actor(owner), share_id)
        if share.owner != owner:
            raise no_such_share()
        return share

    def put(
        self,
        owner: str,
        share_id: str,
        run: VersionRun,
        notebook: Mapping[str, Any],
        *,
        publish: bool,
        environment: Mapping[str, Any] | None = None,
    ) -> tuple[Share, int]:
        """Make what a run has executed the newest version of a share.

        It is a version of its own also where its content is that of the one before, with the files
        of that one. The share keeps its place among those that people have changed lately.

        Parameters
        ----------
        owner
            Whose run it is.
        share_id
            Of the share.
        run
            The run.
        notebook
            What it has made.
        publish
            Whether the share's pages in wikis get it.
        environment
            What it ran with, where that is known.

        Returns
        -------
        tuple[Share, int]
            The share, and the number of the run's version.

        Raises
        ------
        NotFound
            `owner` has no such share.
        BadRequest
            The notebook is not valid, or has secrets in it that nobody has seen there before.
        """
        before = self.share(owner, share_id)
        known = self._known(share_id, run.id)
        if known is not None:
            return before, known
        shares, actor = self._shares, Actor(owner)
        content = shares.checked(notebook)
        self._refuse_new_secrets(share_id, content.notebook)
        now = shares.clock()
        made = shares.stored(share_id, 0, content, actor, now)
        keep_run(made, run)
        made.environment = shares.kept_environment(environment)
        with shares.database.write() as session:
            row = shares.row(session, actor, share_id)
            if row.owner != owner:
                raise no_such_share()
            known = _number_of(session, share_id, run.id)
            if known is not None:
                return self._share(session, row), known
            files = files_of(session, share_id, row.latest)
            row.latest += 1
            made.number, row.cells = row.latest, cells_text(content.notebook)
            keep_sql_names(session, row.id, content.notebook)
            session.add(made)
            keep_files(session, share_id, row.latest, files)
            note(session, row, actor, "version", now, version=row.latest, job=run.job)
            if publish:
                ask_again(session, row.id, now, owner)
            return share_of(row, made), made.number

    def _known(self, share_id: str, run_id: str) -> int | None:
        with self._shares.database.read() as session:
            return _number_of(session, share_id, run_id)

    @staticmethod
    def _share(session: Session, row: ShareRow) -> Share:
        return share_of(row, session.get_one(VersionRow, (row.id, row.latest)))

    def _refuse_new_secrets(self, share_id: str, notebook: Mapping[str, Any]) -> None:
        """Refuse secrets that the last version made by a person has not: nobody was asked."""
        found = Counter(one.kind for one in find_secrets(notebook))
        if not found:
            return
        query = (
            select(VersionRow.digest)
            .where(VersionRow.share_id == share_id, VersionRow.run_id.is_(None))
            .order_by(VersionRow.number.desc())
            .limit(1)
        )
        with self._shares.database.read() as session:
            digest = session.scalars(query).one()
        with suppress(MissingContent):
            found -= Counter(one.kind for one in find_secrets(self._shares.parsed(digest)))
        if found:
            raise BadRequest(
                "secrets_found",
                f"The run's notebook holds what looks like secrets ({', '.join(sorted(found))}), "
                "which the notebook that was shared did not; take them out, or share the run's "
                "notebook by hand if they are none.",
            )


def _number_of(session: Session, share_id: str, run_id: str) -> int | None:
    query = select(VersionRow.number).where(
        VersionRow.share_id == share_id, VersionRow.run_id == run_id
    )
    return session.scalars(query).one_or_none()
