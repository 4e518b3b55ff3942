"""What is settled before the first process starts."""

import json
import stat
import tomllib
import uuid
from pathlib import Path

import pytest
from lodge_hub import parts
from lodge_hub.folders import DataFolder, FolderError
from lodge_hub.machine import Machine
from lodge_hub.parts import processes
from lodge_hub.platform import Platform
from lodge_hub.settings import load_settings
from lodge_services.schedules.alerts.settings import AlertSettings
from lodge_spawner import LocalSettings


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """A platform whose users share one account."""
    settings = load_settings(None, {"users.separate": "no", "server.port": 0})
    return Machine(settings, DataFolder(tmp_path / "data")).prepare()


def test_users_that_share_an_account_are_told_so(platform: Platform) -> None:
    values = json.loads((platform.folder.run / "hub-values.json").read_text())
    assert "share one Unix account" in values["template_vars"]["lodge_shared_account"]


def test_secrets_stand_in_files_of_their_own(platform: Platform) -> None:
    folder = platform.folder
    secrets = {path.read_text() for path in folder.secrets.iterdir()} - {platform.local.instance}
    assert len(secrets) >= 6
    for path in (folder.run / "hub-values.json", folder.local_settings):
        assert not [secret for secret in secrets if secret in path.read_text()], path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(platform.identity_config.stat().st_mode) == 0o600


def test_no_process_gets_a_secret_as_an_argument(platform: Platform) -> None:
    specs = processes(platform)
    assert {spec.name for spec in specs} == {
        "hub",
        "proxy",
        "identity",
        "metastore",
        "shares",
        "schedules",
    }
    secrets = {path.read_text() for path in platform.folder.secrets.iterdir()}
    for spec in specs:
        assert not [one for one in spec.command for secret in secrets if secret in one], spec.name


def test_a_company_has_its_own_provider_and_metastore(tmp_path: Path) -> None:
    overrides = {
        "users.separate": "no",
        "server.port": 0,
        "identity.issuer": "https://sso.example.org",
        "identity.client_secret_env": "SECRET",
        "hive.metastore": "thrift://hive:9083",
    }
    platform = Machine(load_settings(None, overrides), DataFolder(tmp_path / "data")).prepare()
    names = {spec.name for spec in processes(platform)}
    assert names == {"hub", "proxy", "shares", "schedules"}
    properties = platform.local.spark.properties
    assert properties["spark.hadoop.hive.metastore.uris"] == "thrift://hive:9083"


def test_the_provider_serves_without_tls_where_that_is_acknowledged(tmp_path: Path) -> None:
    overrides = {
        "users.separate": "no",
        "server.port": 0,
        "server.public_url": "http://lodge.example.org",
        "server.allow_plain_http": True,
    }
    platform = Machine(load_settings(None, overrides), DataFolder(tmp_path / "data")).prepare()
    assert parts.identity(platform).environment["AUTHLIB_INSECURE_TRANSPORT"] == "1"


def test_sources_and_spark_are_those_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "lodge.toml"
    path.write_text(
        """
        default_source = "shop"
        [server]
        port = 0
        [users]
        separate = "no"
        [spark]
        master = "local[3]"
        properties = { "spark.sql.shuffle.partitions" = "7" }
        [sources.shop]
        type = "mysql"
        host = "db"
        user = "reader"
        password_env = "SHOP_PASSWORD"
        """
    )
    platform = Machine(load_settings(path), DataFolder(tmp_path / "data")).prepare()
    local = LocalSettings.load(platform.folder.local_settings)
    assert local.sources["default"] == "shop"
    assert set(local.sources["sources"]) == {"shop", "flights", "hive"}
    assert local.spark.properties["spark.master"] == "local[3]"
    assert local.spark.properties["spark.sql.shuffle.partitions"] == "7"


def test_the_example_of_the_documentation_is_valid() -> None:
    text = (Path(__file__).parents[3] / "docs/how-to/use-the-company-account.md").read_text()
    example = text.split("```toml")[1].split("```")[0]
    lines = [line.removeprefix("   ") for line in example.splitlines()]
    assert tomllib.loads("\n".join(lines))["identity"]["issuer"].startswith("https://")


def test_a_kernels_socket_has_a_short_path_however_deep_the_data_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 20)
    settings = load_settings(None, {"users.separate": "no", "server.port": 0})
    local = Machine(settings, DataFolder(deep)).prepare().local
    longest_slug, kernel = 23, f"kernel-{uuid.uuid4()}-ipc-5"
    assert len(str(local.sockets)) + 1 + longest_slug + 1 + len(kernel) <= 107


def test_temporary_files_are_in_a_folder_of_lodges_own(tmp_path: Path) -> None:
    def temporary(place: Path) -> Path:
        overrides = {"users.separate": "no", "server.port": 0, "users.temporary_dir": str(place)}
        folder = DataFolder(tmp_path / "data")
        return Machine(load_settings(None, overrides), folder).prepare().local.temporary

    scratch = tmp_path / "scratch"
    scratch.mkdir(mode=0o777)
    found = temporary(scratch)
    assert found.parent == scratch
    assert mode_of(found) == 0o711
    found.rmdir()
    found.symlink_to(tmp_path)
    with pytest.raises(FolderError, match="can be changed by others"):
        temporary(scratch)
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match=r"can't be made.*users\.temporary_dir"):
        temporary(tmp_path / "file")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_mail_server_and_its_password_are_the_schedules_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "hush hush")
    path = tmp_path / "lodge.toml"
    path.write_text(
        """
        [server]
        port = 0
        [users]
        separate = "no"
        [mail]
        host = "mail.example.com"
        user = "lodge"
        password_env = "MAIL_PASSWORD"
        sender = "lodge@example.com"
        [alerts]
        private_webhooks = true
        """
    )
    platform = Machine(load_settings(path), DataFolder(tmp_path / "data")).prepare()
    told = {spec.name: spec.environment for spec in processes(platform)}
    found = AlertSettings.from_environment(told["schedules"])
    assert (found.mail.host, found.mail.asked_port) == ("mail.example.com", 587)
    assert found.private_webhooks
    assert found.public_url == platform.addresses.public_url
    assert [name for name, each in told.items() if "hush hush" in each.values()] == ["schedules"]
    assert "hush hush" not in platform.folder.local_settings.read_text()
