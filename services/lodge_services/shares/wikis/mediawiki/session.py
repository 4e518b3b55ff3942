"""A session with MediaWiki's Action API: finds it, signs in, and says what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from ..base import Moved, Refused, TitleTaken, Unreachable, WikiError
from ..transport import TIMEOUT, Transport, retry_after

_EDIT_URI = re.compile(r'<link\b[^>]*\brel="EditURI"[^>]*\bhref="([^"?]+)')
_PLACES = ("/api.php", "/w/api.php", "/mediawiki/api.php", "/wiki/api.php")
_BUSY = {"maxlag", "ratelimited", "readonly", "actionthrottled", "actionthrottledtext", "dberror"}
_BUSY_BEGIN = ("internal_api_error", "backend-fail", "lockmanager", "uploadstash")
_SIGNED_OUT = {"assertuserfailed", "assertbotfailed", "assertnameduserfailed", "notloggedin"}
_ADVICE = {
    ("permissiondenied", "badaccess", "cantcreate", "noedit", "writeapidenied", "mustbeloggedin"): (
        "Ask who keeps the wiki to grant it to the bot and to its bot password."
    ),
    ("readapidenied",): "Ask who keeps the wiki to let the bot read it.",
    ("protected", "cascadeprotected", "namespaceprotected", "titleprotected"): (
        "Have its protection lifted, or choose another place."
    ),
    ("blocked", "autoblocked"): "Ask who keeps the wiki to unblock the bot.",
    ("spam", "abusefilter", "titleblacklist", "hookaborted"): (
        "Change what it objects to, or ask who keeps the wiki for an exception."
    ),
    ("contenttoobig", "file-too-large", "filetoobig", "toobig"): (
        "Leave out some of the notebook, or ask who keeps the wiki to raise its limit."
    ),
    ("uploaddisabled", "copyuploaddisabled"): "Ask who keeps the wiki to allow uploads.",
    ("invalidtitle",): "Choose another title.",
}


@dataclass(frozen=True)
class Site:
    """What a wiki says of itself.

    Attributes
    ----------
    user
        The account that is signed in.
    namespaces
        Numbers by name, in small letters, among them other names for the same.
    names
        The proper name of each namespace, by number.
    content
        Numbers of those that hold pages for readers.
    interwiki
        What leads to other wikis as the beginning of a title.
    tags
        Of extensions, such as ``<syntaxhighlight>``.
    capital
        Whether all titles begin with a capital letter.
    """

    user: str
    namespaces: Mapping[str, int]
    names: Mapping[int, str]
    content: frozenset[int]
    interwiki: frozenset[str]
    tags: frozenset[str]
    capital: bool


class ApiRefused(Refused):
    """What the API refused, with its word for why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class ApiError(Exception):
    """The API's own word for what went wrong, before it has a meaning."""

    def __init__(self, code: str, info: str, after: float | None) -> None:
        super().__init__(code)
        self.code = code
        self.info = info
        self.after = after


@dataclass
class _State:
    """What a session has learnt."""

    api: str = ""
    site: Site | None = None
    token: str = ""


class Session:
    """Speaks with one wiki.

    Parameters
    ----------
    url
        Of its ``api.php``, of its root or of any page of it.
    user
        The name of a bot password, such as ``Lodge@shares``.
    token
        The bot password. It is in no message.
    timeout
        Seconds.
    """

    def __init__(self, url: str, user: str, token: str, timeout: float = TIMEOUT) -> None:
        self._url = url
        self._user = user
        self._password = token
        self._state = _State()
        self._transport = Transport(url, _speaks, timeout)
        self._host = self._transport.host

    def close(self) -> None:
        """End the connections."""
        self._transport.close()

    @property
    def site(self) -> Site:
        """What the wiki says of itself; signs in where that has not been done."""
        if self._state.site is None:
            self.sign_in()
        assert self._state.site is not None  # noqa: S101
        return self._state.site

    def read(self, **fields: str) -> dict[str, Any]:
        """Ask for something by ``action=query``; return what is below ``query``.

        By POST, for titles may be many.
        """
        self.site  # noqa: B018  (signs in)
        answer = self._again("read pages", lambda: self._ask({"action": "query", **fields}))
        found: dict[str, Any] = answer.get("query") or {}
        return found

    def do(
        self,
        what: str,
        action: str,
        fields: Mapping[str, str],
        content: tuple[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """Change something; return the answer below the action's name.

        Parameters
        ----------
        what
            What is done, for a person: ``write the page``.
        action
            The API's name of it.
        fields
            Its parameters.
        content
            The name of a field that is a file, and the file.
        """
        self.site  # noqa: B018  (signs in)

        def once() -> dict[str, Any]:
            if not self._state.token:
                self._state.token = self._token("csrf")
            token = {"token": self._state.token}
            return self._ask({"action": action, **fields, **token}, content)

        answer: dict[str, Any] = self._again(what, once).get(action) or {}
        return answer

    def sign_in(self) -> str:
        """Sign in anew; return the name that the wiki knows the account by."""
        try:
            return self._sign_in()
        except ApiError as error:
            raise self._meaning("sign in", error) from None

    # --- Signing in.

    def _sign_in(self) -> str:
        api = self._state.api or self._found()
        self._state = _State(api)
        self._transport.client.cookies.clear()
        token = self._token("login")
        fields = {"action": "login", "lgname": self._user, "lgpassword": self._password}
        found = self._ask({**fields, "lgtoken": token}, signed_in=False).get("login") or {}
        if found.get("result") != "Success":
            if found.get("result") == "Throttled":
                message = "The wiki lets nobody sign in now, after too many attempts."
                raise Unreachable(message, after=float(found.get("wait") or 300))
            raise Refused(
                f"The wiki does not let {self._user} sign in: make a new bot password for Lodge on "
                "its page Special:BotPasswords, and put that into Lodge's settings."
            )
        self._state.site = self._learn()
        return self._state.site.user

    def _learn(self) -> Site:
        props = "general|namespaces|namespacealiases|interwikimap|extensiontags"
        found = self._ask(
            {"action": "query", "meta": "siteinfo|userinfo", "siprop": props}, signed_in=False
        )["query"]
        if found["userinfo"].get("anon"):
            raise Refused(
                "The wiki forgets that Lodge has signed in: it takes no cookies of a session from "
                f"{self._host}. Give the address that the wiki itself uses in Lodge's settings."
            )
        spaces = [one for one in found["namespaces"].values() if one["id"] >= 0]
        names = {one["name"]: one["id"] for one in spaces}
        names |= {one["canonical"]: one["id"] for one in spaces if "canonical" in one}
        names |= {one["alias"]: one["id"] for one in found["namespacealiases"]}
        return Site(
            user=found["userinfo"]["name"],
            namespaces={name.lower(): number for name, number in names.items()},
            names={one["id"]: one["name"] for one in spaces},
            content=frozenset(one["id"] for one in spaces if one.get("content")),
            interwiki=frozenset(one["prefix"].lower() for one in found["interwikimap"]),
            tags=frozenset(tag.strip("<>/ ").lower() for tag in found["extensiontags"]),
            capital=found["general"].get("case") == "first-letter",
        )

    def _token(self, kind: str) -> str:
        fields = {"action": "query", "meta": "tokens", "type": kind}
        answer = self._ask(fields, signed_in=kind != "login")
        token: str = answer["query"]["tokens"][f"{kind}token"]
        return token

    # --- Finding the API.

    def _found(self) -> str:
        for address in self._candidates():
            answer = self._transport.send("GET", address, params={**_FORMAT, "action": "query"})
            try:
                known = isinstance(answer.json(), dict) and "batchcomplete" in answer.json()
            except ValueError:
                known = False
            # A private wiki says only that it tells nothing.
            if known or "MediaWiki-API-Error" in answer.headers:
                return str(answer.url.copy_with(query=None))
        raise Refused(
            f"There is no MediaWiki at {self._host}: give the address of its api.php, which its "
            "page Special:Version names, in Lodge's settings."
        )

    def _candidates(self) -> list[str]:
        if urlsplit(self._url).path.endswith("/api.php"):
            return [self._url]
        parts = urlsplit(self._url)
        root = f"{parts.scheme}://{parts.netloc}"
        path = re.sub(r"/index\.php(?:/.*)?\Z|/\Z", "", parts.path)
        named = _EDIT_URI.search(self._transport.send("GET", self._url).text)
        found = [urljoin(self._url, named[1])] if named else []
        found = [one for one in found if urlsplit(one).netloc == parts.netloc]
        return list(dict.fromkeys([*found, *(f"{root}{path}{one}" for one in _PLACES)]))

    # --- One request.

    def _again(self, what: str, once: Any) -> dict[str, Any]:
        """Do something; once more where only the session or the token was too old."""
        try:
            try:
                answer: dict[str, Any] = once()
            except ApiError as error:
                if error.code == "badtoken":
                    self._state.token = ""
                elif error.code in _SIGNED_OUT:
                    self._sign_in()
                else:
                    raise
                answer = once()
        except ApiError as error:
            raise self._meaning(what, error) from None
        return answer

    def _ask(
        self,
        fields: Mapping[str, str],
        content: tuple[str, bytes] | None = None,
        *,
        signed_in: bool = True,
    ) -> dict[str, Any]:
        sent = {**_FORMAT, **fields, **({"assert": "user", "maxlag": "5"} if signed_in else {})}
        # As parts of a form: bytes stay what they are, and a page of 2 MiB fits into PHP's 8 MB.
        files: dict[str, Any] = {name: (None, value) for name, value in sent.items()}
        if content is not None:
            files[content[0]] = ("file", content[1], "application/octet-stream")
        response = self._transport.send("POST", self._state.api, files=files)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            size = sum(len(one[1]) for one in files.values())
            if response.status_code == 413 or (response.status_code == 200 and size > 500_000):
                raise Refused(
                    f"The wiki's web server takes no request of {size / 1e6:.1f} MB: ask who keeps "
                    "the wiki to raise PHP's post_max_size, or leave out some of the notebook."
                )
            if response.status_code in (401, 403, 404):
                raise Refused(
                    f"The wiki's web server answers {response.status_code} at {self._host}: "
                    "check the wiki's address, and who may reach it."
                )
            raise Unreachable(
                f"The wiki at {self._host} answers with no API; it is tried again.",
                after=retry_after(response),
            )
        if "error" in answer:
            error = answer["error"]
            raise ApiError(str(error.get("code")), str(error.get("info")), retry_after(response))
        return answer

    def _meaning(self, what: str, error: ApiError) -> WikiError:
        code = error.code
        if code in _BUSY or code.startswith(_BUSY_BEGIN):
            message = f"The wiki can't {what} now ({code}); it is tried again."
            return Unreachable(message, after=error.after)
        if code == "articleexists":
            return TitleTaken("The wiki has a page of this title: choose another one.")
        if code in ("editconflict", "pagedeleted", "missingtitle", "nosuchpageid", "nosuchrevid"):
            return moved()
        return refusal(what, code, error.info)


def _speaks(response: httpx.Response) -> bool:
    return "MediaWiki-API-Error" in response.headers


_FORMAT = {"format": "json", "formatversion": "2"}


def moved() -> Moved:
    """Return what a person reads of a page that somebody has changed."""
    return Moved("Somebody has changed the page in the wiki: look at it, then try again.")


def refusal(what: str, code: str, info: str) -> ApiRefused:
    """Return what a person reads of something that the wiki does not take.

    Parameters
    ----------
    what
        What was tried.
    code
        The wiki's word for why.
    info
        Its sentence.
    """
    advice = next(
        (text for codes, text in _ADVICE.items() if any(one in code for one in codes)),
        "Ask who keeps the wiki.",
    )
    why = " ".join(info.split())[:300].rstrip(".")
    return ApiRefused(f"The wiki refused to {what}: {why or code}. {advice}", code)
