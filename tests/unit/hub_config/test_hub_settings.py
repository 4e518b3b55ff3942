"""lodge.toml: a mistake is told with file, line and the nearest valid key."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_hub.settings import Settings, SettingsError, load_settings
from lodge_hub.settings.load import line_of
from lodge_hub.settings.shares import store_table


def refused(tmp_path: Path, text: str) -> str:
    path = tmp_path / "lodge.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        load_settings(path)
    return str(error.value).replace(str(path), "lodge.toml")


def test_without_a_file_the_defaults_listen_on_loopback() -> None:
    settings = load_settings(None)
    assert settings.server.host == "127.0.0.1"
    assert settings.server.port == 8000


def test_a_typo_names_line_and_nearest_key(tmp_path: Path) -> None:
    said = refused(tmp_path, "# Lodge\n\n[server]\nhost = '127.0.0.1'\nprot = 80\n")
    assert said == "lodge.toml:5: there is no setting server.prot; did you mean port?"


def test_an_unknown_table_is_refused(tmp_path: Path) -> None:
    assert "lodge.toml:1: there is no setting spork; did you mean spark?" in refused(
        tmp_path, "[spork]\nx = 1\n"
    )


def test_a_typo_in_a_source_is_found(tmp_path: Path) -> None:
    said = refused(tmp_path, '[sources.shop]\ntype = "mysql"\nhost = "h"\nuser = "u"\nprot = 1\n')
    assert said == "lodge.toml:5: there is no setting sources.shop.prot; did you mean port?"


def test_a_wiki_holds_no_password_and_has_a_plain_name(tmp_path: Path) -> None:
    wiki = '[wikis.team]\ntype = "git"\nurl = "https://git.example.com/notes.wiki.git"\n'
    path = tmp_path / "lodge.toml"
    path.write_text(wiki + 'parent = "Reports"\ntoken_file = "/etc/lodge/wiki"\n')
    assert load_settings(path).wikis["team"].parent == "Reports"
    assert "the url holds a password" in refused(tmp_path, wiki.replace("//", "//a:b@"))
    assert "token_env and token_file" in refused(
        tmp_path, wiki + 'token_env = "A"\ntoken_file = "b"\n'
    )
    assert "url must begin with" in refused(tmp_path, wiki.replace("https", "ssh"))
    assert "can't be called so" in refused(tmp_path, wiki.replace("team", '"The Team"'))
    assert "needs user and token_env" in refused(tmp_path, wiki.replace('"git"', '"mediawiki"'))
    assert "needs space and token_env" in refused(tmp_path, wiki.replace('"git"', '"confluence"'))
    cloud = wiki.replace('"git"', '"confluence-cloud"') + 'space = "TEAM"\ntoken_env = "A"\n'
    assert "needs space, user and token_env" in refused(tmp_path, cloud)


def test_a_mail_server_is_whole_and_gets_no_password_in_the_clear(tmp_path: Path) -> None:
    mail = '[mail]\nhost = "mail.example.com"\n'
    sender = mail + 'sender = "Lodge <lodge@example.com>"\n'
    path = tmp_path / "lodge.toml"
    path.write_text(sender + 'user = "lodge"\npassword_file = "/etc/lodge/mail"\n')
    assert load_settings(path).mail.security == "starttls"
    for wrong in ("", 'sender = "Lodge"\n', 'sender = "a@b.c\\nBcc: d@e.f"\n'):
        assert "sender must be an address" in refused(tmp_path, mail + wrong)
    signed = sender + 'user = "lodge"\n'
    assert "user needs password_env" in refused(tmp_path, signed)
    both = signed + 'password_env = "A"\npassword_file = "b"\n'
    assert "password_env and password_file" in refused(tmp_path, both)
    plain = signed + 'password_env = "A"\nsecurity = "none"\n'
    assert "signing in needs security" in refused(tmp_path, plain)
    assert "is no domain" in refused(tmp_path, sender + 'domains = ["@example.com"]\n')


def test_another_type_is_refused_at_its_line(tmp_path: Path) -> None:
    said = refused(tmp_path, '[server]\nport = "8000"\n')
    assert said.startswith(
        "lodge.toml:2: server.port is not right: input should be a valid integer"
    )


def test_a_wrong_choice_names_the_right_ones(tmp_path: Path) -> None:
    said = refused(tmp_path, '[sources.x]\ntype = "oracle"\n')
    assert "lodge.toml:2" in said
    assert "'duckdb', 'sqlite', 'mysql', 'postgres', 'sqlalchemy', 'hive' or 'kylin'" in said


def test_a_source_that_lacks_something_is_told_what(tmp_path: Path) -> None:
    assert "a source of type mysql needs host and user" in refused(
        tmp_path, '[sources.shop]\ntype = "mysql"\n'
    )
    kylin = '[sources.olap]\ntype = "kylin"\nuser = "u"\n'
    assert "a source of type kylin needs project and host" in refused(tmp_path, kylin)
    assert refused(tmp_path, kylin + 'projet = "p"\n').endswith("did you mean project?")
    path = tmp_path / "lodge.toml"
    path.write_text(kylin + 'project = "p"\nurl = "https://kylin.example.com/kylin"\n')
    assert load_settings(path).sources["olap"].model_dump(exclude_defaults=True) == {
        "type": "kylin",
        "user": "u",
        "project": "p",
        "url": "https://kylin.example.com/kylin",
    }


def test_a_password_in_a_url_is_refused_and_not_told(tmp_path: Path) -> None:
    said = refused(tmp_path, '[sources.x]\ntype = "sqlalchemy"\nurl = "trino://u:hush@h/c"\n')
    assert "name it in password_env or password_file" in said
    assert "hush" not in said


def test_files_are_only_read_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "lodge.toml"
    path.write_text(
        '[sources.a]\ntype = "sqlite"\npath = "/a"\n'
        '[sources.b]\ntype = "sqlite"\npath = "/b"\nread_only = false\n'
        '[sources.c]\ntype = "postgres"\nhost = "h"\nuser = "u"\nport = 3306\n'
    )
    # What users' servers are told: no key that its kind does not know.
    told = {
        name: source.model_dump(exclude_defaults=True)
        for name, source in load_settings(path).sources.items()
    }
    assert told == {
        "a": {"type": "sqlite", "path": "/a", "read_only": True},
        "b": {"type": "sqlite", "path": "/b", "read_only": False},
        "c": {"type": "postgres", "host": "h", "user": "u", "port": 3306},
    }


def test_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in refused(tmp_path, "[server]\nport =\n")


@pytest.mark.parametrize("host", ["10.0.0.1", "::", "example.org"])
def test_the_network_is_refused_without_tls_or_acknowledgement(tmp_path: Path, host: str) -> None:
    said = refused(tmp_path, f'[server]\nhost = "{host}"\n')
    assert "reachable from the network and there is no TLS" in said


def test_the_network_is_allowed_when_acknowledged_or_with_tls() -> None:
    public = {"server.host": "10.0.0.1"}
    assert load_settings(None, {**public, "server.allow_plain_http": True}).server.host
    tls = {"server.tls_certificate": "c.pem", "server.tls_key": "k.pem"}
    assert load_settings(None, {**public, **tls}).server.host


def test_a_wildcard_needs_a_public_url(tmp_path: Path) -> None:
    said = refused(tmp_path, '[server]\nhost = "0.0.0.0"\nallow_plain_http = true\n')
    assert "set public_url as well" in said


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can't be read"):
        load_settings(tmp_path / "none.toml")


def test_the_command_line_wins(tmp_path: Path) -> None:
    path = tmp_path / "lodge.toml"
    path.write_text("[server]\nport = 1\n", encoding="utf-8")
    assert load_settings(path, {"server.port": 2}).server.port == 2


@given(
    before=st.lists(st.sampled_from(["", "# note", "a = 1", "b.c = 2"]), max_size=5),
    table=st.sampled_from([["server"], ["sources", "my shop"], ["x", "y"]]),
    key=st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
)
def test_a_key_is_found_at_its_line(before: list[str], table: list[str], key: str) -> None:
    header = ".".join(f'"{part}"' if " " in part else part for part in table)
    text = "\n".join([*before, f"[{header}]", "", f"{key} = 3"])
    assert line_of(text, [*table, key]) == len(before) + 3


def test_a_store_in_s3_names_its_secret_and_is_safe_for_a_network(tmp_path: Path) -> None:
    table = '[shares]\nstore = "s3://notebooks/team"\n[shares.s3]\naccess_key = "lodge"\n'
    whole = table + 'secret_env = "KEY"\nendpoint = "https://s3.example.com"\n'
    path = tmp_path / "lodge.toml"
    path.write_text(whole)
    told = store_table(load_settings(path).shares)
    assert told == {
        "store": "s3://notebooks/team",
        "endpoint": "https://s3.example.com",
        "region": "us-east-1",
        "access_key": "lodge",
        "secret_env": "KEY",
        "secret_file": "",
    }
    assert "needs access_key and secret_env" in refused(tmp_path, table)
    assert "one of them" in refused(tmp_path, whole + 'secret_file = "/etc/lodge/key"\n')
    assert "has no TLS" in refused(tmp_path, whole.replace("https", "http"))
    path.write_text(whole.replace("https", "http") + "allow_plain_http = true\n")
    assert load_settings(path).shares.s3.endpoint == "http://s3.example.com"
    path.write_text(whole.replace("https://s3.example.com", "http://127.0.0.1:9000"))
    assert load_settings(path).shares.store
    for wrong in ("s3://notebooks/", "s3://notebooks/a//b", "s3://a:b@notebooks", "notebooks"):
        said = refused(tmp_path, whole.replace("s3://notebooks/team", wrong))
        assert "store must be s3://" in said
    assert "keys have settings" in refused(tmp_path, whole.replace("https://", "https://a:b@"))
    assert "of no use without" in refused(tmp_path, whole.replace("store =", "# store ="))


@pytest.mark.parametrize(
    ("tiles", "problem"),
    [
        ("https://tiles.example.com/{z}/{x}/{y}.png?style=plain", ""),
        ("https://tiles.example.com:8443/wmts/{z}/{y}/{x}", ""),
        ("http://127.0.0.1:8080/{z}/{x}/{y}.png", ""),
        ("http://tiles.example.com/{z}/{x}/{y}.png", "https://"),
        ("https://tiles.example.com/{z}/{x}.png", "{z}, {x} and {y}"),
        ("https://tiles.example.com", "{z}, {x} and {y}"),
        ("https://{s}.tiles.example.com/{z}/{x}/{y}.png", "{z}, {x} and {y}"),
        ("https://a.example/{z}/{x}/{y}; script-src *", "{z}, {x} and {y}"),
        ("https://ada@a.example/{z}/{x}/{y}", "{z}, {x} and {y}"),
        ("javascript:{z}{x}{y}", "{z}, {x} and {y}"),
    ],
)
def test_tiles_of_maps_are_one_server_s(tmp_path: Path, tiles: str, problem: str) -> None:
    text = f'[shares]\ntiles = "{tiles}"\n'
    if problem:
        assert problem in refused(tmp_path, text)
    else:
        (tmp_path / "lodge.toml").write_text(text)
        assert load_settings(tmp_path / "lodge.toml").shares.tiles == tiles


def test_the_chart_takes_every_table_that_it_does_not_write_itself() -> None:
    schema = Path(__file__).parents[3] / "helm" / "lodge" / "values.schema.json"
    taken = json.loads(schema.read_text())["properties"]["config"]["properties"]
    own = {"data_dir", "hub", "users", "kubernetes", "profiles"}
    assert set(Settings.model_fields) - set(taken) == own
