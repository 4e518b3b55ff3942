"""Origins: each user's server has one of its own, the hub answers at its own alone."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lodge_hub.folders import DataFolder
from lodge_hub.front import Elsewhere, ElsewhereHandler
from lodge_hub.front.elsewhere import NOT_RUNNING
from lodge_hub.machine.addresses import choose_addresses
from lodge_hub.origins import OUTPUT_LABEL, user_host
from lodge_hub.settings import SettingsError, load_settings
from tornado import httpclient, web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.routing import Rule

PUBLIC = "http://lodge.localhost:8000/"


@pytest.mark.parametrize("name", ["ada", "Ada", "a_b", "ada@example.com", "李雷", "output--lodge"])
def test_users_and_the_third_origin_never_share_a_host(name: str) -> None:
    host = user_host(name, "lodge.localhost", "user")
    label, _, rest = host.partition(".")
    assert rest == "lodge.localhost"
    assert label not in (OUTPUT_LABEL, "")
    assert user_host(name, "lodge.localhost", "service") == "lodge.localhost"


def test_two_users_never_share_a_host() -> None:
    names = ["a_b", "a-b", "a.b", "a~b", "u-ab--1234567", "ab", "ａｂ"]
    assert len({user_host(name, "x.org", "user") for name in names}) == len(names)


def chosen(tmp_path: Path, **settings: Any) -> Any:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    given = {f"server.{key}": value for key, value in settings.items()}
    return choose_addresses(load_settings(None, {"server.port": 0, **given}), folder, ())


def test_on_loopback_lodge_has_a_name_and_its_provider_an_address(tmp_path: Path) -> None:
    found = chosen(tmp_path)
    assert found.public_url == f"http://lodge.localhost:{found.port}"
    assert found.issuer.startswith("http://127.0.0.1:")
    assert found.separate_origins
    assert not found.host_cookies


def test_one_origin_for_all_is_a_setting(tmp_path: Path) -> None:
    found = chosen(tmp_path, shared_origin=True)
    assert found.public_url == f"http://127.0.0.1:{found.port}"
    assert not found.separate_origins


def test_an_address_has_no_hosts_below_it(tmp_path: Path) -> None:
    given = {"allow_plain_http": True, "public_url": "http://10.1.2.3"}
    with pytest.raises(SettingsError, match=r"\*\.lodge\.example\.org.*shared_origin = true"):
        chosen(tmp_path, **given)
    assert not chosen(tmp_path, **given, shared_origin=True).separate_origins


def test_with_tls_cookies_are_bound_to_their_host(tmp_path: Path) -> None:
    found = chosen(tmp_path, public_url="https://lodge.example.org")
    assert found.host_cookies


def test_a_certificate_that_leaves_users_servers_out_is_told_at_the_start(tmp_path: Path) -> None:
    chain = tmp_path / "chain.pem"
    given = {
        "public_url": "https://lodge.example.org",
        "tls_certificate": str(chain),
        "tls_key": str(chain),
    }
    chain.write_text("nothing")
    with pytest.raises(SettingsError, match="holds no certificate"):
        chosen(tmp_path, **given)
    issued(chain, "lodge.example.org")
    with pytest.raises(SettingsError, match=r"does not name \*\.lodge\.example\.org"):
        chosen(tmp_path, **given)
    assert not chosen(tmp_path, **given, shared_origin=True).separate_origins
    issued(chain, "lodge.example.org", "*.lodge.example.org")
    assert chosen(tmp_path, **given).separate_origins


def issued(path: Path, *names: str) -> None:
    """Write a certificate that names these hosts."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


class Hub(web.RequestHandler):
    """What the hub itself would answer."""

    def prepare(self) -> None:
        self.finish("the hub")


@pytest.fixture
async def ask() -> Any:
    """Ask what stands before the hub, for a host and a path."""
    application = web.Application([(r".*", Hub)])
    (socket,) = bind_sockets(0, "127.0.0.1")
    port = socket.getsockname()[1]
    arguments = {"public_url": PUBLIC, "hub_prefix": "/hub/"}
    rule = Rule(Elsewhere(PUBLIC, port, "/hub/"), ElsewhereHandler, arguments)
    application.default_router.rules.insert(0, rule)
    server = HTTPServer(application)
    server.add_socket(socket)

    async def asked(host: str, path: str, method: str = "GET", **headers: str) -> Any:
        request = httpclient.HTTPRequest(
            f"http://127.0.0.1:{port}{path}",
            method,
            headers={"Host": host or f"127.0.0.1:{port}", **headers},
            follow_redirects=False,
            allow_nonstandard_methods=True,
        )
        return await httpclient.AsyncHTTPClient().fetch(request, raise_error=False)

    yield asked
    server.stop()
    await server.close_all_connections()


@pytest.mark.parametrize("host", ["lodge.localhost:8000", "LODGE.localhost:8000", ""])
async def test_the_hub_answers_at_its_origin_and_to_parts_that_ask_it_itself(
    ask: Any, host: str
) -> None:
    assert (await ask(host, "/hub/home")).body == b"the hub"


@pytest.mark.parametrize(
    ("host", "path", "target"),
    [
        ("127.0.0.1:8000", "/", "/"),
        ("127.0.0.1:8000", "/services/shares/x?version=2", "/services/shares/x?version=2"),
        ("127.0.0.1:8000", "/user/ada/lab/tree/a%20b.ipynb", "/hub/user/ada/lab/tree/a%20b.ipynb"),
        ("localhost:8000", "/hub/home", "/hub/home"),
        ("ada.lodge.localhost:8000", "/hub/token", "/hub/token"),
        ("ada.lodge.localhost:8000", "/user/ada/lab", "/hub/user/ada/lab"),
        ("ada.lodge.localhost:8000", "/services/shares/", "/services/shares/"),
        ("lodge.localhost", "/hub/home", "/hub/home"),
        ("evil.example", "//evil.example/", "/evil.example/"),
    ],
)
async def test_what_comes_from_elsewhere_is_sent_to_the_hubs_origin(
    ask: Any, host: str, path: str, target: str
) -> None:
    reply = await ask(host, path)
    assert reply.code == 302
    assert reply.headers["Location"] == PUBLIC.rstrip("/") + target
    assert "names below localhost" in reply.body.decode()
    assert (await ask(host, path, "POST")).code in (307, NOT_RUNNING)


async def test_a_program_that_asks_a_server_that_does_not_run_is_told_so(ask: Any) -> None:
    host = "ada.lodge.localhost:8000"
    for reply in (
        await ask(host, "/user/ada/api/sessions"),
        await ask(host, "/user/ada/api", **{"Sec-Fetch-Mode": "cors"}),
        await ask(host, "/user/ada/lsp/ws", **{"Sec-Fetch-Mode": "websocket"}),
        await ask(host, "/user/ada/files/a", "DELETE"),
    ):
        assert reply.code == NOT_RUNNING
        assert "does not run" in json.loads(reply.body)["message"]
    page = await ask(host, "/user/ada/lab", **{"Sec-Fetch-Mode": "navigate"})
    assert page.code == 302


async def test_a_program_with_a_token_reaches_the_hubs_api_at_any_host(ask: Any) -> None:
    reply = await ask("127.0.0.1:8000", "/hub/api/user", Authorization="token x")
    assert reply.body == b"the hub"
    assert (await ask("127.0.0.1:8000", "/hub/api/user")).code == 302
