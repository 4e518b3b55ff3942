"""The wikis of the settings, as the service is told of them by its environment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ...web.settings import SettingsError
from ..publications.models import Credential, Target, Targets
from ..wikis.base import Place, Refused, Wiki
from ..wikis.confluence.wiki import Confluence
from ..wikis.git.program import GitAddress
from ..wikis.git.wiki import GitWiki
from ..wikis.mediawiki.wiki import MediaWiki


@dataclass(frozen=True)
class WikiSettings:
    """A table ``[wikis.NAME]``.

    Attributes
    ----------
    type
        A kind of `KINDS`.
    url
        Address of the wiki.
    space, parent
        Where its pages go.
    branch, pages
        Of a repository: what the wiki shows, and the address of a page; see `GitAddress`.
    user
        The account that Lodge writes by.
    token_env, token_file
        Variable or file that holds that account's token; read anew whenever Lodge signs in.
    highlight
        Whether a MediaWiki colours code.
    groups
        Whose members may publish to it; none: everybody.
    readers
        The groups whose members alone read it; none: who does is not known.
    own_tokens
        Whether those who publish may have their pages written by their own accounts.
    """

    type: str
    url: str
    space: str = ""
    parent: str = ""
    branch: str = ""
    pages: str = ""
    user: str = ""
    token_env: str = ""
    token_file: str = ""
    highlight: bool = False
    groups: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    own_tokens: bool = False

    def token(self) -> str:
        """Return the token.

        Raises
        ------
        Refused
            There is none.
        """
        if self.token_env:
            found = os.environ.get(self.token_env, "")
            what = f"the variable {self.token_env}"
        elif self.token_file:
            what = f"the file {self.token_file}"
            try:
                found = Path(self.token_file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise Refused(
                    f"Lodge has no token for the wiki: {what} can't be read "
                    f"({type(error).__name__}); an administrator has to mend that."
                ) from None
        else:
            return ""
        if not found:
            raise Refused(
                f"Lodge has no token for the wiki: {what} is empty; an administrator has to set it."
            )
        return found


def read_wikis(environ: Mapping[str, str]) -> dict[str, WikiSettings]:
    """Return the wikis of ``LODGE_WIKIS``, a JSON object of tables by name.

    Raises
    ------
    SettingsError
        It is something else.
    """
    text = environ.get("LODGE_WIKIS") or "{}"
    try:
        said: Any = json.loads(text)
        return {str(name): WikiSettings(**table) for name, table in said.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise SettingsError(f"LODGE_WIKIS is no object of wikis by name: {error}") from None


def targets(wikis: Mapping[str, WikiSettings], store: Path) -> Targets:
    """Return the wikis that shares can be published to.

    Parameters
    ----------
    wikis
        Their settings.
    store
        A folder for what a kind of wiki keeps of it, in a folder of the wiki's name.

    Raises
    ------
    SettingsError
        A kind is not known.
    """
    for name, wiki in wikis.items():
        if wiki.type not in KINDS:
            raise SettingsError(
                f"The wiki {name} is of type {wiki.type!r}, which is none of {', '.join(KINDS)}."
            )
    return {
        name: Target(
            name=name,
            kind=wiki.type,
            place=Place(wiki.space, wiki.parent),
            groups=frozenset(wiki.groups),
            readers=frozenset(wiki.readers),
            open=partial(KINDS[wiki.type], wiki, store / name),
            own_tokens=wiki.own_tokens,
        )
        for name, wiki in wikis.items()
    }


def _git(wiki: WikiSettings, folder: Path, credential: Credential | None = None) -> Wiki:
    user, token = _account(wiki, credential)
    # Whoever it is that the token's account is called: their name is the one that Lodge knows.
    names_owner = credential is not None
    address = GitAddress(wiki.url, wiki.branch, wiki.pages, user or "lodge", names_owner)
    return GitWiki(address, token, folder)


def _mediawiki(wiki: WikiSettings, _folder: Path, credential: Credential | None = None) -> Wiki:
    user, token = _account(wiki, credential)
    return MediaWiki(wiki.url, user, token(), highlight=wiki.highlight)


def _confluence(
    wiki: WikiSettings,
    _folder: Path,
    credential: Credential | None = None,
    *,
    cloud: bool = False,
) -> Wiki:
    user, token = _account(wiki, credential)
    return Confluence(wiki.url, user, token, cloud=cloud)


def _account(wiki: WikiSettings, credential: Credential | None) -> tuple[str, Callable[[], str]]:
    """Return the name and the token of an account; by default of Lodge's own."""
    if credential is None:
        return wiki.user, wiki.token
    return credential.user, lambda: credential.token


class _Kind(Protocol):
    def __call__(
        self, wiki: WikiSettings, folder: Path, credential: Credential | None = None, /
    ) -> Wiki: ...


#: What makes a wiki of a kind out of its settings and a folder of its own.
KINDS: dict[str, _Kind] = {
    "confluence": _confluence,
    "confluence-cloud": partial(_confluence, cloud=True),
    "git": _git,
    "mediawiki": _mediawiki,
}
