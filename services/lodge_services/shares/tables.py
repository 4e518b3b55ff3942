"""Tables of the service's database."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..db.engine import Base, UtcDateTime, naming_metadata


class SharesBase(Base):
    """Base of this database's tables."""

    __abstract__ = True
    metadata = naming_metadata()


DELETED = text("deleted_at IS NOT NULL")
RESTRICTED = text("restricted")


class ShareRow(SharesBase):
    """A shared notebook; its content is in versions."""

    __tablename__ = "shares"
    __table_args__ = (
        Index("ix_shares_recent", "updated_at", "id"),
        Index("ix_shares_reads", "reads", "updated_at", "id"),
        Index("ix_shares_forks", "forks", "updated_at", "id"),
        Index("ix_shares_deleted_at", "deleted_at", sqlite_where=DELETED, postgresql_where=DELETED),
        Index("ix_shares_forked_from_id", "forked_from_id"),
        Index("ix_shares_owner_recent", "owner", "updated_at", "id"),
        Index(
            "ix_shares_restricted", "owner", sqlite_where=RESTRICTED, postgresql_where=RESTRICTED
        ),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    owner: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    search: Mapped[str] = mapped_column(Text, deferred=True)
    """Title, description, tags and owner, folded, for searching."""
    cells: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)
    """Text of the newest version's cells, folded, for searching."""
    latest: Mapped[int]
    forks: Mapped[int] = mapped_column(default=0)
    reads: Mapped[int] = mapped_column(default=0, server_default="0")
    likes: Mapped[int] = mapped_column(default=0, server_default="0")
    forked_from_id: Mapped[str | None] = mapped_column(String(12))
    forked_from_version: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    restricted: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether only those may read it whom it names."""

    tags: Mapped[list[TagRow]] = relationship(
        cascade="all, delete-orphan", order_by="TagRow.position", lazy="selectin"
    )
    readers: Mapped[list[ReaderRow]] = relationship(
        cascade="all, delete-orphan", order_by="ReaderRow.kind, ReaderRow.name", lazy="selectin"
    )


class TagRow(SharesBase):
    """A tag of a share."""

    __tablename__ = "share_tags"
    __table_args__ = (Index("ix_share_tags_folded_tag", "folded", "tag"),)

    share_id: Mapped[str] = mapped_column(
        ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True
    )
    folded: Mapped[str] = mapped_column(String(100), primary_key=True)
    """The tag without difference of case."""
    tag: Mapped[str] = mapped_column(String(50))
    position: Mapped[int]


class ReaderRow(SharesBase):
    """A group or a person who may read a restricted share."""

    __tablename__ = "share_readers"
    __table_args__ = (Index("ix_share_readers_name", "kind", "name", "share_id"),)

    share_id: Mapped[str] = mapped_column(
        ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    """``group`` or ``person``."""
    name: Mapped[str] = mapped_column(String(255), primary_key=True)


class SqlNameRow(SharesBase):
    """A source or a table that the newest version's `%%sql` cells name."""

    __tablename__ = "share_sql_names"
    __table_args__ = (
        Index("ix_share_sql_names_name", "name", "source"),
        Index("ix_share_sql_names_source", "source"),
    )

    share_id: Mapped[str] = mapped_column(
        ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    """Of the table, folded; "" where only the source is named."""
    position: Mapped[int]


class VersionRow(SharesBase):
    """One immutable state of a share's notebook."""

    __tablename__ = "share_versions"
    __table_args__ = (
        Index("ix_share_versions_digest", "digest"),
        Index("ix_share_versions_environment", "environment"),
        # A run is put on the page once, however often it is sent.
        Index("uq_share_versions_share_id_run_id", "share_id", "run_id", unique=True),
    )

    share_id: Mapped[str] = mapped_column(
        ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    picture: Mapped[str | None] = mapped_column(String(64))
    """Digest of the notebook's first picture."""
    picture_type: Mapped[str | None] = mapped_column(String(20))
    environment: Mapped[str | None] = mapped_column(String(64))
    """Digest of what the notebook ran with, as JSON."""
    author: Mapped[str] = mapped_column(String(255), server_default="")
    """Who made it."""
    coauthor: Mapped[str] = mapped_column(String(255), server_default="")
    """Whose changes the author has taken over."""
    run_id: Mapped[str | None] = mapped_column(String(12))
    """The run of a schedule that has made it."""
    run: Mapped[str | None] = mapped_column(Text)
    """What is told of that, as JSON."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FileRow(SharesBase):
    """A file that is kept with a version, as it was then."""

    __tablename__ = "share_files"
    __table_args__ = (Index("ix_share_files_digest", "digest"),)

    share_id: Mapped[str] = mapped_column(
        ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of the version."""
    name: Mapped[str] = mapped_column(String(400), primary_key=True)
    """Its place below the notebook's folder."""
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    """In bytes."""


class UploadRow(SharesBase):
    """That somebody has sent the bytes of a file, which a share of theirs is going to name."""

    __tablename__ = "uploads"

    person: Mapped[str] = mapped_column(String(255), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    """In bytes."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CommentRow(SharesBase):
    """What somebody has said about a share."""

    __tablename__ = "share_comments"
    __table_args__ = (
        Index("ix_share_comments_share_id_number", "share_id", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"))
    version: Mapped[int]
    """The newest one then."""
    author: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    mentions: Mapped[str] = mapped_column(Text, default="{}", server_default="{}")
    """Logins of those it names, by how it names them, as JSON."""
    proposal: Mapped[int | None]
    """Number of the proposal that it is about."""
    act: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """What was done about that."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoticeRow(SharesBase):
    """That somebody is to see a comment."""

    __tablename__ = "share_notices"
    __table_args__ = (Index("ix_share_notices_person", "person", "seen", "comment"),)

    comment: Mapped[int] = mapped_column(
        ForeignKey("share_comments.number", ondelete="CASCADE"), primary_key=True
    )
    person: Mapped[str] = mapped_column(String(255), primary_key=True)
    mentioned: Mapped[bool]
    """By name; else it is about a share of theirs."""
    seen: Mapped[bool] = mapped_column(default=False)


class LikeRow(SharesBase):
    """That somebody likes a share."""

    __tablename__ = "share_likes"

    share_id: Mapped[str] = mapped_column(
        ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True
    )
    person: Mapped[str] = mapped_column(String(255), primary_key=True)


class ProposalRow(SharesBase):
    """Changes to a share that somebody else proposes."""

    __tablename__ = "share_proposals"
    __table_args__ = (Index("ix_share_proposals_digest", "digest"),)

    share_id: Mapped[str] = mapped_column(
        ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    base: Mapped[int]
    """The version that was copied."""
    fork_id: Mapped[str] = mapped_column(String(12))
    fork_version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    """Of the notebook that is proposed."""
    author: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int | None]
    """Of the share, which has what was accepted."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EventRow(SharesBase):
    """Something that was done to a share; stays when that is gone."""

    __tablename__ = "share_events"
    __table_args__ = (
        Index("ix_share_events_share_id_number", "share_id", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    share_id: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(16))
    details: Mapped[str] = mapped_column(Text)
    """As JSON."""


class ReadingRow(SharesBase):
    """That somebody was counted as a reader of a share on a day; who and of which, it hides."""

    __tablename__ = "readings"
    __table_args__ = (Index("ix_readings_day", "day"),)

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date]


class TicketRow(SharesBase):
    """A permission to fork one version once; the ticket itself is kept nowhere."""

    __tablename__ = "fork_tickets"
    __table_args__ = (Index("ix_fork_tickets_expires_at", "expires_at"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"))
    version: Mapped[int]
    user: Mapped[str] = mapped_column(String(255))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PublicationRow(SharesBase):
    """A share's page in a wiki, and what is to become of it."""

    __tablename__ = "publications"
    __table_args__ = (Index("ix_publications_due", "wiki", "state", "due_at"),)

    share_id: Mapped[str] = mapped_column(
        ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True
    )
    wiki: Mapped[str] = mapped_column(String(64), primary_key=True)
    space: Mapped[str] = mapped_column(String(255))
    parent: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    """Of the page's own sentences."""
    asked_by: Mapped[str] = mapped_column(String(255))
    """The share's owner, once they have asked for it: their own account writes it. "" before."""
    state: Mapped[str] = mapped_column(String(16))
    asked: Mapped[int]
    """How often it was asked for: what is asked while it is delivered is delivered after that."""
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int]
    """How many tries in a row have failed."""
    message: Mapped[str] = mapped_column(Text)
    """Why the last one has, for a person; "" where it has not."""
    answer: Mapped[str] = mapped_column(String(8))
    answer_revision: Mapped[str] = mapped_column(String(128))
    version: Mapped[int | None]
    """The version that the page has; none before there is one."""
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    url: Mapped[str] = mapped_column(Text)

    key: Mapped[str] = mapped_column(String(16))
    page_id: Mapped[str] = mapped_column(Text)
    revision: Mapped[str] = mapped_column(String(128))
    written: Mapped[str] = mapped_column(String(64))
    intended: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)
    number: Mapped[int]


class WikiTokenRow(SharesBase):
    """The account of a wiki by which somebody's pages are written."""

    __tablename__ = "wiki_tokens"

    person: Mapped[str] = mapped_column(String(255), primary_key=True)
    wiki: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(String(255))
    """As the wiki wants it beside the token."""
    name: Mapped[str] = mapped_column(String(255))
    """What the wiki calls them."""
    secret: Mapped[str] = mapped_column(Text)
    """The token, encrypted by a key that is not in the database."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
