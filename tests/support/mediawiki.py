"""A real MediaWiki of our own: Debian's package on PHP's own server and SQLite, in a folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from lodge_spawner.ports import free_port

from support.databases import until
from support.witnesses import witness

BOT = "Lodge"
PASSWORD = "open sesame, 9 times"
TOKEN = "0123456789abcdef0123456789abcdef"
#: What may be done by each of the bot's passwords: they differ in their ends.
GRANTS = {
    "shares": "basic,highvolume,editpage,createeditmovepage,uploadfile,uploadeditmovefile,delete",
    "reader": "basic",
    "editor": "basic,highvolume,editpage,createeditmovepage",
}
#: Ada's own.
OWN, OWN_TOKEN = "lodge", f"{TOKEN[:-1]}e"
#: Beside what the installation has written.
_SETTINGS = """
$wgEnableUploads = true;
$wgUploadDirectory = "{folder}/images";
$wgUploadPath = "/images";
$wgTmpDirectory = $wgCacheDirectory = "{folder}/cache";
$wgGroupPermissions['bot']['delete'] = true;
$wgGroupPermissions['bot']['undelete'] = true;
$wgGroupPermissions['user']['move'] = $wgGroupPermissions['user']['move-subpages'] = true;
$wgGroupPermissions['sysop']['move'] = true;
$wgExtraNamespaces[3000] = 'Notebooks';
$wgExtraNamespaces[3001] = 'Notebooks_talk';
$wgNamespacesWithSubpages[NS_MAIN] = $wgNamespacesWithSubpages[3000] = true;
$wgContentNamespaces[] = 3000;
$wgPygmentizePath = "{pygmentize}";
$wgUseImageMagick = false;
$wgJobRunRate = 0;
$wgEnableEmail = false;
$wgTitleBlacklistSources = [ [ 'type' => 'localpage', 'src' => 'MediaWiki:Titleblacklist' ] ];
$wgBlacklistSettings = [ 'spam' => [ 'files' => [] ] ];
$wgShowExceptionDetails = true;
@include "{folder}/further.php";
"""


@dataclass(frozen=True)
class RunningMediaWiki:
    """A wiki that answers.

    Attributes
    ----------
    url
        Of its root.
    folder
        All that it keeps; what is written to ``further.php`` within are settings at once.
    """

    url: str
    folder: Path

    @property
    def api(self) -> str:
        return f"{self.url}/api.php"

    def settings(self, php: str) -> None:
        """Change settings; an empty text makes them what they were."""
        part = self.folder / "further.part"
        part.write_text(f"<?php\n{php}\n")
        # What is compiled is kept as long as the file looks the same.
        part.rename(self.folder / "further.php")

    def person(self, name: str = "Keeper") -> Person:
        return Person(self, name)


class Person:
    """Somebody who edits by hand."""

    def __init__(self, wiki: RunningMediaWiki, name: str) -> None:
        self._client = httpx.Client(timeout=60)
        self._api = wiki.api
        token = self._get(action="query", meta="tokens", type="login")
        fields = {"username": name, "password": PASSWORD, "loginreturnurl": wiki.url}
        answer = self._post(
            action="clientlogin", logintoken=token["query"]["tokens"]["logintoken"], **fields
        )
        assert answer["clientlogin"]["status"] == "PASS", answer
        found = self._get(action="query", meta="tokens")
        self._token: str = found["query"]["tokens"]["csrftoken"]

    def _get(self, **fields: Any) -> Any:
        return self._answer(self._client.get(self._api, params={**fields, **_JSON}))

    def _post(self, **fields: Any) -> Any:
        # As parts of a form, for its size is limited.
        parts = {name: (None, value) for name, value in {**fields, **_JSON}.items()}
        return self._answer(self._client.post(self._api, files=parts))

    def _answer(self, response: httpx.Response) -> Any:
        answer = response.json()
        assert "errors" not in answer, answer
        assert "error" not in answer, answer
        return answer

    def ask(self, **fields: Any) -> Any:
        """Read something."""
        return self._get(**fields)

    def do(self, action: str, **fields: Any) -> Any:
        """Change something."""
        return self._post(action=action, token=self._token, **fields)

    def edit(self, title: str, text: str) -> int:
        """Write a page; returns its id."""
        page: int = self.do("edit", title=title, text=text)["edit"]["pageid"]
        return page

    def text(self, title: str) -> str:
        found = self._get(
            action="query", prop="revisions", rvprop="content", rvslots="main", titles=title
        )
        text: str = found["query"]["pages"][0]["revisions"][0]["slots"]["main"]["content"]
        return text

    def html(self, text: str) -> str:
        """Return what a text looks like."""
        answer = self._post(
            action="parse", text=text, contentmodel="wikitext", prop="text", title="Sandbox",
            disablelimitreport="1", disableeditsection="1", disabletoc="1",
        )  # fmt: skip
        html: str = answer["parse"]["text"]
        return html

    def as_saved(self, text: str) -> str:
        """Return what would be kept of a text."""
        answer = self._post(
            action="parse", text=text, contentmodel="wikitext", onlypst="1", title="Sandbox"
        )
        kept: str = answer["parse"]["text"]
        return kept

    def close(self) -> None:
        self._client.close()


_JSON = {"format": "json", "formatversion": "2"}


@contextmanager
def running_mediawiki() -> Iterator[RunningMediaWiki]:
    """Install a wiki into a folder and serve it on the loopback interface."""
    folder = Path(tempfile.mkdtemp(prefix="lodge-mediawiki-"))
    port = free_port()
    wiki = RunningMediaWiki(f"http://127.0.0.1:{port}", folder)
    try:
        _install(wiki)
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *("php", "-d", "opcache.enable_cli=1", "-d", "opcache.revalidate_freq=0"),
                    *("-d", "apc.enable_cli=1", "-S", f"127.0.0.1:{port}", "-t", f"{folder}/root"),
                ],
                # A page's pictures and a request in it would wait for each other.
                env={**_environment(folder), "PHP_CLI_SERVER_WORKERS": "2"},
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            with witness("MediaWiki", folder / "server.log"):
                until(lambda: httpx.get(wiki.api, timeout=60), httpx.TransportError)
                yield wiki
        finally:
            # Its workers are a group with it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lodge"
    return Path(os.environ.get("LODGE_CACHE", cache)) / "mediawiki"


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "MW_CONFIG_FILE": f"{folder}/LocalSettings.php"}


def _install(wiki: RunningMediaWiki) -> None:
    folder, program = wiki.folder, _program()
    for name in ("data", "images", "cache", "root"):
        (folder / name).mkdir()
    for name in ("api.php", "index.php", "load.php", "resources", "skins", "extensions"):
        (folder / "root" / name).symlink_to(program / name)
    (folder / "root" / "images").symlink_to(folder / "images")
    (folder / "pass").write_text(PASSWORD)
    extensions = "Cite,SyntaxHighlight_GeSHi,ParserFunctions,SpamBlacklist,TitleBlacklist"
    _run(
        program, "install", "--dbtype=sqlite", f"--dbpath={folder}/data", "--dbname=wiki",
        f"--server={wiki.url}", "--scriptpath=", f"--confpath={folder}", "--skins=Vector",
        f"--passfile={folder}/pass", f"--extensions={extensions}", "Wiki", "Keeper",
    )  # fmt: skip
    pygmentize = Path(sys.executable).with_name("pygmentize")
    with (folder / "LocalSettings.php").open("a") as settings:
        text = _SETTINGS.replace("{folder}", str(folder))
        settings.write(text.replace("{pygmentize}", str(pygmentize)))
    _run(program, "createAndPromote", "--bot", BOT, PASSWORD, folder=folder)
    _run(program, "createAndPromote", "Ada", PASSWORD, folder=folder)
    for number, (name, grants) in enumerate(GRANTS.items()):
        password = f"{TOKEN[:-1]}{'f' if number == 0 else number}"
        arguments = [f"--appid={name}", f"--grants={grants}", BOT, password]
        _run(program, "createBotPassword", *arguments, folder=folder)
    arguments = [f"--appid={OWN}", f"--grants={GRANTS['shares']}", "Ada", OWN_TOKEN]
    _run(program, "createBotPassword", *arguments, folder=folder)


def token(name: str = "shares") -> str:
    """Return the password of one of the bot's names."""
    number = list(GRANTS).index(name)
    return f"{TOKEN[:-1]}{'f' if number == 0 else number}"


def _run(program: Path, script: str, *arguments: str, folder: Path | None = None) -> None:
    environment = {"PATH": os.environ["PATH"]} if folder is None else _environment(folder)
    found = subprocess.run(
        ["php", str(program / "maintenance" / f"{script}.php"), *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
