"""The hub's own pages, rendered as JupyterHub does."""

from __future__ import annotations

import json
import re
from gettext import GNUTranslations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import canaille
import jupyterhub
import lodge_hub
import lodge_services
import pytest
from babel.messages.pofile import read_po
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH
from lodge_hub.identity.words import CHINESE, write_words

OURS = Path(lodge_hub.__file__).parent / "templates"
STATIC = Path(lodge_services.__file__).parent / "pages" / "static"
THEIRS = Path(DATA_FILES_PATH) / "templates"


def page(template: str, **values: Any) -> str:
    theirs = FileSystemLoader([str(THEIRS)])
    loader = ChoiceLoader(
        [
            PrefixLoader({"templates": theirs}, "/"),
            FileSystemLoader([str(OURS), str(STATIC), str(THEIRS)]),
        ]
    )
    environment = Environment(loader=loader, autoescape=True)
    defaults = {
        "base_url": "/hub/",
        "prefix": "/",
        "static_url": lambda path, **_: f"/hub/static/{path}",
        "user": None,
        "services": [],
        "parsed_scopes": {},
        "logout_url": "/hub/logout",
        "server_version": jupyterhub.__version__,
    }
    return environment.get_template(template).render(**{**defaults, **values})


def words(html: str) -> str:
    """Return what a reader of English sees of the body."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    body = re.sub(r'<span class="lodge-zh".*?</span>', "", body, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


@pytest.mark.parametrize(
    ("status", "message", "title"),
    [
        (500, None, "This did not work"),
        (404, "Not Found", "There is nothing here"),
        (403, None, "You may not see this"),
        (403, "You do not have permission", "You do not have permission"),
        (503, "Service Unavailable", "Service Unavailable"),
    ],
)
def test_error_pages_have_a_title(status: int, message: str | None, title: str) -> None:
    html = page("error.html", status_code=status, status_message=message, message="")
    assert title in words(html)
    assert "None" not in words(html)
    assert "<title>None" not in html


def test_home_says_what_the_server_does_in_both_languages() -> None:
    user = SimpleNamespace(name="ada", json_escaped_name="ada", spawner=SimpleNamespace())
    for active, english, chinese in (
        (True, "Your server is running.", "正在运行"),
        (False, "Your server is not running", "没有运行"),
    ):
        server = SimpleNamespace(active=active, pending=None)
        html = page("home.html", user=user, default_server=server, url="/x")
        assert english in words(html)
        assert chinese in html
        assert "Hello, ada" in words(html)
    server = SimpleNamespace(active=True, pending="stop")
    html = page("home.html", user=user, default_server=server, url="/x", lodge_name="Ada Lovelace")
    assert "Your server is stopping." in words(html)
    assert "Hello, Ada Lovelace" in words(html)


def test_no_user_is_offered_that_could_not_sign_in() -> None:
    user = SimpleNamespace(name="root", json_escaped_name="root", spawner=SimpleNamespace())
    html = page("admin.html", user=user, api_page_limit=50, lodge_embedded_identity=True)
    assert "lodge user add NAME" in words(html)
    assert '.hub-admin a[href*="add-users"]' in html


@pytest.mark.parametrize("name", sorted(path.name for path in OURS.glob("*.html")))
def test_every_template_is_one(name: str) -> None:
    source = (OURS / name).read_text(encoding="utf-8")
    assert source.count("{% block") == source.count("{% endblock")
    for english, chinese in re.findall(r'both\("([^"]+)"[^,]*, "([^"]+)"', source):
        assert not re.search(r"[\u4e00-\u9fff]", english)
        assert re.search(r"[\u4e00-\u9fff]", chinese)


def test_the_provider_speaks_chinese(tmp_path: Path) -> None:
    write_words(tmp_path)
    file = tmp_path / "zh_Hans" / "LC_MESSAGES" / "messages.mo"
    with file.open("rb") as opened:
        words = GNUTranslations(opened)
    assert words.gettext("Continue") == "继续"
    # Words that the provider no longer has would be said in vain.
    folder = Path(canaille.__file__).parent / "translations"
    with (folder / "messages.pot").open("rb") as opened:
        theirs = {message.id for message in read_po(opened) if isinstance(message.id, str)}
    assert set(CHINESE) <= theirs


def test_the_welcome_notebook_is_the_same_in_both_languages() -> None:
    english, chinese = (
        json.loads((OURS.parent / folder / "Welcome.ipynb").read_text(encoding="utf-8"))
        for folder in ("skel", "skel.zh")
    )
    for one, other in zip(english["cells"], chinese["cells"], strict=True):
        assert one["cell_type"] == other["cell_type"]
        assert one["metadata"] == other["metadata"]
        code = ["".join(cell["source"]).split("#")[0] for cell in (one, other)]
        assert one["cell_type"] != "code" or code[0] == code[1]
