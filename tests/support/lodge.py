"""A running Lodge for tests: a real `lodge up` in a data folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from support.java import SIMPLE
from support.witnesses import witness

LODGE = Path(sys.executable).parent / "lodge"


def wait_for(condition: Callable[[], Any], seconds: float = 60, what: str = "") -> Any:
    """Return the first true value of `condition`, asked until `seconds` have passed."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what or condition}; it is {value!r}")
        time.sleep(0.1)


class LocalNames(httpx.HTTPTransport):
    """Finds names below localhost, as browsers do and plain resolvers do not."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Connect to this machine, and ask for the name."""
        if not request.url.host.endswith(".localhost"):
            return super().handle_request(request)
        found = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            # The header Host is among them, from the name.
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return super().handle_request(found)


class LodgeClient(httpx.Client):
    """A client of Lodge: a path of a user's server is asked for at that server's host.

    Parameters
    ----------
    url
        Lodge's public address.
    """

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(base_url=url, transport=LocalNames(), **{"timeout": 60, **options})

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Make a request; ``/user/NAME/`` stands for NAME's host."""
        if match := re.match(r"/user/([^/]+)/", str(url)):
            url = server_url(str(self.base_url), match.group(1)) + str(url)
        return super().build_request(method, url, **options)


def server_url(url: str, name: str) -> str:
    """Return the origin of a user's server, below Lodge's public address."""
    return url.rstrip("/").replace("://", f"://{name}.", 1)


class RunningLodge:
    """`lodge up` as a process, on free ports.

    Parameters
    ----------
    folder
        The data folder.
    options
        Further options of `lodge up`.
    """

    def __init__(self, folder: Path, *options: str, port: int = 0) -> None:
        self.folder = folder
        self.output = folder.with_name(f"{folder.name}.out")
        self.options = options
        self.port = port
        self.url = ""

    def start(self, seconds: float = 300) -> None:
        """Start it and wait for its line that it is ready."""
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [
                    *(LODGE, "up", "--data-dir", self.folder, "--port", str(self.port)),
                    *self.options,
                ],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        wait_for(
            lambda: self._ready() or self.process.poll() is not None, seconds, "Lodge is ready"
        )
        if not self._ready():
            raise AssertionError(f"lodge up ended:\n{self.output.read_text()}")
        self.url = self._ready()
        self.port = int(self.url.rsplit(":", 1)[1])

    def _ready(self) -> str:
        match = re.search(r"Lodge is ready at (https?://\S+)", self.output.read_text())
        return match.group(1) if match else ""

    def stop(self) -> int:
        """End it with Ctrl-C's signal; return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(90)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.process.kill()
        self.process.wait(10)

    @property
    def instance(self) -> str:
        """The name that all its processes carry."""
        return (self.folder / "secrets" / "instance").read_text()

    def processes(self) -> list[psutil.Process]:
        """Return all processes of this installation, the command itself excluded."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get("LODGE_INSTANCE") == self.instance:
                    found.append(process)
        return found

    def process_of(self, words: str) -> psutil.Process:
        """Return the process, below `lodge up`, whose command line holds `words`."""
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):
                if words in " ".join(child.cmdline()):
                    return child
        raise LookupError(words)

    def password(self, name: str) -> str:
        """Return the first password of a demo user."""
        return (self.folder / "secrets" / f"password-{name}").read_text()

    def log(self, name: str) -> str:
        """Return a log."""
        return (self.folder / "logs" / f"{name}.log").read_text(errors="replace")

    def sign_in(self, name: str, password: str | None = None) -> httpx.Client:
        """Sign in as a browser would, by the provider's forms; return the client."""
        with contextlib.ExitStack() as unless_signed_in:
            client = LodgeClient(self.url, follow_redirects=True)
            unless_signed_in.callback(client.close)
            page = client.get("/hub/login?next=/hub/home")
            page = submit(client, page, {"login": name})
            page = submit(client, page, {"password": password or self.password(name)})
            if "/hub/home" not in str(page.url):
                raise PermissionError(f"{name} was not signed in: {page.url} {page.status_code}")
            unless_signed_in.pop_all()
        return client

    def provider_answers(self) -> bool:
        """Tell whether the embedded provider shows its page to sign in."""
        with LodgeClient(self.url, follow_redirects=True) as client:
            try:
                return client.get("/hub/oauth_login").is_success
            except httpx.TransportError:
                return False

    def api(self, name: str) -> httpx.Client:
        """Return a client of `name` for the REST APIs, with a token of the user's own."""
        with contextlib.closing(self.sign_in(name)) as browser:
            reply = browser.post(
                f"/hub/api/users/{name}/tokens",
                json={"note": "tests"},
                headers={"X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/") or ""},
            )
            reply.raise_for_status()
            token = reply.json()["token"]
        return LodgeClient(self.url, headers={"Authorization": f"Bearer {token}"})

    def start_server(self, api: httpx.Client, name: str) -> None:
        """Start the server of a user and wait until it is ready."""
        api.post(f"/hub/api/users/{name}/server").raise_for_status()
        wait_for(lambda: self.server_ready(api, name), 60, f"{name}'s server")

    def server_ready(self, api: httpx.Client, name: str) -> bool:
        """Tell whether a user's server is ready."""
        model = api.get(f"/hub/api/users/{name}").raise_for_status().json()
        return bool(model["servers"].get("", {}).get("ready"))

    def home(self, name: str) -> Path:
        """Return a user's home."""
        return self.folder / "homes" / name

    def uid(self, name: str) -> int:
        """Return a user's Unix id."""
        return int(json.loads((self.folder / "accounts.json").read_text())[name]["uid"])


def submit(
    client: httpx.Client, page: httpx.Response, values: dict[str, str], to: str = ""
) -> httpx.Response:
    """Fill the first form of a page that has the fields of `values`, and send it.

    Parameters
    ----------
    client
        Sends it.
    page
        Holds the form.
    values
        By the fields' names.
    to
        How the form's address ends.
    """
    for form in re.findall(r"<form.*?</form>", page.text, re.DOTALL):
        if not all(re.search(rf'name="{name}"', form) for name in values):
            continue
        action = re.search(r'<form[^>]*action="([^"]*)"', form)
        if not (action.group(1) if action else "").endswith(to):
            continue
        hidden = {}
        for tag in re.findall(r"<input[^>]*>", form):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and 'type="hidden"' in tag:
                hidden[name.group(1)] = value.group(1) if value else ""
        target = (action.group(1) if action else "").replace("&amp;", "&") or str(page.url)
        # As browsers send it; the provider's forms ask for it where there is TLS.
        referer = {"Referer": str(page.url)}
        return client.post(page.url.join(target), data={**hidden, **values}, headers=referer)
    raise LookupError(f"no form with {sorted(values)} at {page.url}")


def open_folder() -> str:
    """Return a folder that users' processes can pass through."""
    return os.environ.get("LODGE_TEST_FOLDER", "/var/tmp")


@contextlib.contextmanager
def data_folder(name: str) -> Iterator[Path]:
    """Make a folder that users' processes can reach, and remove it with its Unix accounts."""
    root = Path(tempfile.mkdtemp(prefix=f"lodge-{name}-", dir=open_folder()))
    root.chmod(0o711)
    folder = root / "data"
    try:
        yield folder
    finally:
        remove_accounts(folder)
        shutil.rmtree(root, ignore_errors=True)


def remove_accounts(folder: Path) -> None:
    """Remove the Unix accounts that a Lodge in `folder` made."""
    file = folder / "secrets" / "instance"
    if os.geteuid() or not file.exists():
        return
    comment = f"Lodge {file.read_text()}"
    for entry in pwd.getpwall():
        if entry.pw_gecos == comment:
            subprocess.run(["/usr/sbin/userdel", entry.pw_name], check=False, capture_output=True)


@contextlib.contextmanager
def running(name: str, settings: str = "") -> Iterator[RunningLodge]:
    """Run a Lodge with settings in a folder of its own; end and remove it afterwards.

    Its Spark sessions have one simple compiler: as they run for seconds, what the other would
    compile costs as much as all else that they do.
    """
    with data_folder(name) as folder:
        file = folder.with_name("lodge.toml")
        simple = f'"spark.driver.extraJavaOptions" = "{" ".join(SIMPLE)}"'
        file.write_text(f"{settings}\n[spark.properties]\n{simple}\n", encoding="utf-8")
        with running_in(folder, "--config", str(file)) as lodge:
            yield lodge


@contextlib.contextmanager
def running_in(folder: Path, *options: str) -> Iterator[RunningLodge]:
    """Run a Lodge in a folder; end it afterwards."""
    lodge = RunningLodge(folder, *options)
    try:
        with witness("Lodge's logs", folder / "logs"), witness("lodge up", lodge.output):
            lodge.start()
            yield lodge
    finally:
        if lodge.process.poll() is None:
            lodge.stop()
        for process in lodge.processes() if (folder / "secrets" / "instance").exists() else []:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
