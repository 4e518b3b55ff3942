"""The keys of ``[wikis.NAME]``: where shares become pages."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from .section import Section


class Wiki(Section):
    """A wiki that shares are published to."""

    type: Literal["confluence", "confluence-cloud", "git", "mediawiki"] = Field(
        description="Kind of wiki. `confluence`: a Data Center; `git`: a repository of Markdown, "
        "as GitLab, Gitea and GitHub keep theirs."
    )
    url: str = Field(
        description="Address of the repository, such as "
        "`https://git.example.com/team/notes.wiki.git`; of a MediaWiki that of any page of it, or "
        "of its `api.php`; of a Confluence its root, such as `https://example.atlassian.net/wiki`."
    )
    space: str = Field(
        "",
        description="Folder of the repository, namespace of the MediaWiki, or key of the "
        "Confluence's space, that pages go into. Empty: the first folder, the main namespace.",
    )
    parent: str = Field(
        "", description="Folder or page below that, such as `Team/Reports`. Empty: none."
    )
    branch: str = Field(
        "",
        description="Branch of the repository that the wiki shows. Empty: the one it begins with.",
    )
    pages: str = Field(
        "",
        description="Address under which people read a page of the repository, such as "
        "`https://git.example.com/team/notes/-/wikis/{page}`. Empty: shares tell a page's path "
        "alone.",
    )
    highlight: bool = Field(
        False, description="Whether the MediaWiki has the extension SyntaxHighlight."
    )
    user: str = Field(
        "",
        description="Account that Lodge writes by; of a MediaWiki the name of a bot password, such "
        "as `Lodge@notebooks`; of Confluence's Cloud its mail address. Empty, of a repository: "
        "`lodge`.",
    )
    token_env: str = Field(
        "", description="Variable that holds its token, bot password or API token."
    )
    token_file: str = Field("", description="File that holds its token, bot password or API token.")
    groups: list[str] = Field(
        [], description="Only members of these groups may publish to it. Empty: everybody may."
    )
    readers: list[str] = Field(
        [],
        description="Only members of these groups read the wiki: shares that all of them may read "
        "can be published to it. Empty: only shares that everyone may read.",
    )

    own_tokens: bool = Field(
        False,
        description="Whether those who publish may give a token of their own, so that the wiki "
        "names them as the author of their pages. Others' pages are written by Lodge's account.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        schemes = ["https", "http", *(["file"] if self.type == "git" else [])]
        if urlsplit(self.url).scheme not in schemes:
            raise ValueError(f"url must begin with {' or '.join(f'{one}://' for one in schemes)}")
        if urlsplit(self.url).password is not None:
            raise ValueError("the url holds a password: name it in token_env or token_file")
        if self.token_env and self.token_file:
            raise ValueError("token_env and token_file name the same: one of them")
        has_token = bool(self.token_env or self.token_file)
        if self.type == "confluence" and not (self.space and has_token):
            raise ValueError(f"a wiki of type {self.type} needs space and token_env or token_file")
        if self.type == "confluence-cloud" and not (self.space and self.user and has_token):
            raise ValueError(
                f"a wiki of type {self.type} needs space, user and token_env or token_file"
            )
        if self.type == "mediawiki" and not (self.user and has_token):
            raise ValueError("a wiki of type mediawiki needs user and token_env or token_file")
        if urlsplit(self.pages).scheme not in ("", "http", "https"):
            raise ValueError("pages must begin with https:// or http://")
        return self
