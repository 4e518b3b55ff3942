"""A user's server that sends a hostile page, and what the page tries on whoever opens it."""

from __future__ import annotations

import os
from typing import Any

import httpx
from playwright.sync_api import Page

from .lodge import RunningLodge, server_url

#: A user may run what they like at their own address: here their own Jupyter server, changed.
_CONFIG = """
from tornado import web

class Hostile(web.RequestHandler):
    def get(self):
        if self.get_query_argument("cookies", ""):
            self.finish(self.request.headers.get("Cookie", ""))
            return
        self.set_header("Content-Type", "text/html")
        self.finish("<!doctype html><title>Holiday pictures</title>")

    post = get

    def check_xsrf_cookie(self):
        pass

_init = web.Application.__init__

def init(self, handlers=None, *arguments, **options):
    _init(self, [(r"/user/{name}/hostile", Hostile), *(handlers or [])], *arguments, **options)

web.Application.__init__ = init
"""

_TRY = """
async ({hub, victim, user, share}) => {
    const got = [];
    let tried = 0;
    const within = (promise) => Promise.race([
        promise, new Promise((_, no) => setTimeout(() => no(new Error("late")), 10000)),
    ]);
    const attempt = async (what, act) => {
        tried += 1;
        try {
            const found = await within(act());
            if (found) got.push(`${what}: ${String(found).slice(0, 200)}`);
        } catch { }
    };
    const token = (/_xsrf=([^;]+)/.exec(document.cookie) || [])[1] || "x";

    // Reading.
    const pages = [
        `${hub}/hub/home`, `${hub}/hub/token`, `${hub}/hub/api/user`,
        `${hub}/hub/api/users/${user}/tokens`, `${hub}/services/shares/`,
        `${hub}/services/shares/api/shares`, `${hub}/services/schedules/`,
        `${hub}/services/schedules/api/jobs`, `${victim}/user/${user}/api/contents`,
        `${victim}/user/${user}/api/kernels`, `${victim}/user/${user}/lab`,
        `${victim}/user/${user}/files/Welcome.ipynb`,
    ];
    for (const url of pages) {
        await attempt(`read ${url}`, async () =>
            (await fetch(url, {credentials: "include"})).text());
        await attempt(`read with its own token ${url}`, async () =>
            (await fetch(url, {credentials: "include", headers: {"X-XSRFToken": token}})).text());
        await attempt(`import ${url}`, () => new Promise((yes, no) => {
            const script = document.createElement("script");
            script.onload = () => yes("ran");
            script.onerror = no;
            script.src = url;
            document.head.append(script);
        }).then(() => null));
        await attempt(`look into a frame of ${url}`, () => new Promise((yes) => {
            const frame = document.createElement("iframe");
            frame.onload = () => {
                let seen = null;
                try { seen = frame.contentWindow.document.body.innerText; } catch { }
                yes(seen);
            };
            frame.src = url;
            document.body.append(frame);
        }));
    }

    // Making and minting: the answer can't be read; what came of it is looked at afterwards.
    const send = (url, method, body) => attempt(`${method} ${url}`, async () => {
        await fetch(url, {credentials: "include", mode: "no-cors", method, body});
        return null;
    });
    const notebook = JSON.stringify({type: "file", format: "text", content: "x"});
    const job = JSON.stringify({name: "hostile", notebook: {cells: [], metadata: {}, nbformat: 4,
        nbformat_minor: 5}, notebook_path: "a.ipynb", cron: null});
    await send(`${hub}/hub/api/users/${user}/tokens`, "POST", "{}");
    await send(`${hub}/hub/api/users/${user}/tokens?_xsrf=${token}`, "POST", "{}");
    await send(`${hub}/services/schedules/api/jobs`, "POST", job);
    await send(`${hub}/services/schedules/api/jobs?_xsrf=${token}`, "POST", job);
    await send(`${hub}/services/shares/api/shares`, "POST", "{}");
    await send(`${victim}/user/${user}/api/contents`, "POST", notebook);
    await send(`${victim}/user/${user}/api/contents?_xsrf=${token}`, "POST", notebook);
    await send(`${victim}/user/${user}/api/kernels?_xsrf=${token}`, "POST", "{}");
    await send(`${victim}/user/${user}/api/terminals`, "POST", "{}");
    const form = (url) => attempt(`form ${url}`, () => new Promise((yes) => {
        const frame = document.createElement("iframe");
        frame.name = `f${tried}`;
        document.body.append(frame);
        const made = document.createElement("form");
        Object.assign(made, {action: url, method: "POST", target: frame.name});
        made.innerHTML = `<input name="_xsrf" value="${token}"><input name="confirm" value="x">`;
        document.body.append(made);
        frame.onload = () => yes(null);
        made.submit();
    }));
    await form(`${hub}/services/shares/${share}/fork`);
    await form(`${hub}/services/shares/${share}/delete`);
    await form(`${hub}/hub/spawn/${user}`);

    // Sockets that run code.
    const ws = victim.replace("http", "ws");
    for (const path of ["terminals/websocket/1", "api/events/subscribe"]) {
        await attempt(`socket ${path}`, () => new Promise((yes, no) => {
            const socket = new WebSocket(`${ws}/user/${user}/${path}`);
            socket.onopen = () => yes("open");
            socket.onerror = no;
        }));
    }
    const cookies = await (await fetch("?cookies=1", {credentials: "include"})).text();
    return {tried, got, cookies};
}
"""


def serve_hostile_page(lodge: RunningLodge, name: str) -> None:
    """Let a user's server send a hostile page at ``/user/NAME/hostile``, from its next start on."""
    folder = lodge.home(name) / ".jupyter"
    folder.mkdir(exist_ok=True)
    config = folder / "jupyter_server_config.py"
    config.write_text(_CONFIG.replace("{name}", name), encoding="utf-8")
    for path in (folder, config):
        path.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(path, lodge.uid(name), lodge.uid(name))


def attempts(page: Page, hub: str, victim: str, share: str) -> dict[str, Any]:
    """Try, from a page that is open, all that it could do to a user who is signed in.

    Parameters
    ----------
    page
        The hostile page.
    hub
        Lodge's public address.
    victim
        The user who has opened it.
    share
        Id of a share of theirs.

    Returns
    -------
    dict
        How much was ``tried``, what the page ``got``, and the ``cookies`` that its server was sent.
    """
    places = {"hub": hub, "victim": server_url(hub, victim), "user": victim, "share": share}
    found: dict[str, Any] = page.evaluate(_TRY, places)
    return found


def belongings(api: httpx.Client, name: str) -> dict[str, Any]:
    """Return what a user has: what a page that acts as them could add to or take away."""
    tokens = api.get(f"/hub/api/users/{name}/tokens").raise_for_status().json()["api_tokens"]
    lists = {
        kind: api.get(path).raise_for_status().json()
        for kind, path in (
            ("jobs", "/services/schedules/api/jobs"),
            ("shares", "/services/shares/api/shares"),
            ("files", f"/user/{name}/api/contents"),
            ("kernels", f"/user/{name}/api/kernels"),
            ("terminals", f"/user/{name}/api/terminals"),
        )
    }
    return {
        "jobs": sorted(each["id"] for each in lists["jobs"]["items"]),
        "shares": sorted((each["id"], each["version"]) for each in lists["shares"]["items"]),
        "files": sorted(each["name"] for each in lists["files"]["content"]),
        "kernels": sorted(each["id"] for each in lists["kernels"]),
        "terminals": sorted(each["name"] for each in lists["terminals"]),
        # Those of a browser's sign-in come and go with its pages.
        "tokens": sorted(each["id"] for each in tokens if each["oauth_client"] == "JupyterHub"),
    }
