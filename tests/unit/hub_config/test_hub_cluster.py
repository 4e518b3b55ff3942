"""What a part of Lodge is started with in its pod."""

import json
import os
import stat
from pathlib import Path

import pytest
from lodge_hub import parts
from lodge_hub.folders import DataFolder, FolderError
from lodge_hub.hub_values import HubValues
from lodge_hub.kubernetes import Cluster, serve
from lodge_hub.prepared import write_hub_values
from lodge_hub.settings import Settings, SettingsError, load_settings
from lodge_spawner.profiles import load_profiles

CLUSTER = """
[server]
public_url = "https://lodge.example.com"
[identity]
public_url = "https://id.example.com"
[spark.properties]
"spark.sql.shuffle.partitions" = "7"
[spark.limits]
"spark.executor.memory" = "8g"
[sources.shop]
type = "postgres"
host = "shop.example.com"
user = "reader"
password_env = "SHOP_PASSWORD"
[kubernetes]
namespace = "team"
api_server = ["10.0.0.1:443"]
[profiles.small]
name = "Small"
image = "server:1"
sources = ["shop"]
[profiles.big]
image = "server:1"
groups = ["scientists"]
spark = { mode = "pods", properties = { "spark.sql.shuffle.partitions" = "9" } }
"""


def settings_of(tmp_path: Path, text: str = CLUSTER) -> Settings:
    path = tmp_path / "lodge.toml"
    path.write_text(text)
    return load_settings(path)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    names = ("cookie", "auth-state", "proxy", "service-shares", "service-schedules")
    for number, name in enumerate((*names, "identity-client", "password-admin"), 10):
        (secrets / name).write_text(f"{number}" * 32)
    return DataFolder(tmp_path / "data", secrets)


def values_of(settings: Settings, folder: DataFolder) -> HubValues:
    cluster = Cluster(settings, folder)
    write_hub_values(cluster.prepare(), cluster)
    return HubValues.load(str(folder.hub_values))


def test_parts_find_each_other_by_their_services(tmp_path: Path, folder: DataFolder) -> None:
    values = values_of(settings_of(tmp_path), folder)
    assert values.hub_connect_url == "http://hub.team:8081"
    assert values.proxy_api_url == "http://proxy-api.team:8001"
    assert values.issuer == "https://id.example.com"
    assert values.server_environment["LODGE_SHARES_URL"] == (
        "http://shares.team:8080/services/shares/"
    )
    assert not values.template_vars["lodge_shared_account"]


def test_profiles_and_sources_reach_the_spawner(tmp_path: Path, folder: DataFolder) -> None:
    spawner = values_of(settings_of(tmp_path), folder).spawner
    profiles = load_profiles(spawner["profiles"])
    assert list(profiles) == ["small", "big"]
    common = profiles["small"].spark
    assert common.properties["spark.sql.shuffle.partitions"] == "7"
    assert common.properties["spark.hadoop.hive.metastore.uris"] == "thrift://metastore.team:9083"
    assert common.limits == {"spark.executor.memory": "8g"}
    assert profiles["big"].spark.properties["spark.sql.shuffle.partitions"] == "9"
    assert spawner["sources"]["default"] == "flights"
    assert spawner["sources"]["sources"]["shop"]["password_env"] == "SHOP_PASSWORD"
    assert spawner["user_namespace_template"] == "lodge-{username}"


def test_the_hub_runs_a_reaper_and_a_culler(tmp_path: Path, folder: DataFolder) -> None:
    values = values_of(settings_of(tmp_path), folder)
    assert [each["name"] for each in values.services] == [
        *("shares", "schedules", "lodge-reaper", "culler"),
    ]
    assert "--timeout=14400" in values.services[-1]["command"]
    never = CLUSTER.replace("[kubernetes]", "[kubernetes]\ncull_after_s = 0\nreap_every_s = 0")
    values = values_of(settings_of(tmp_path, never), folder)
    assert not values.helpers
    assert not values.helper_roles


def test_no_secret_is_copied_into_the_values(tmp_path: Path, folder: DataFolder) -> None:
    values_of(settings_of(tmp_path), folder)
    text = folder.hub_values.read_text()
    assert stat.S_IMODE(folder.hub_values.stat().st_mode) == 0o600
    assert not [each for each in folder.secrets.iterdir() if each.read_text() in text]


@pytest.mark.parametrize("part", ["hub", "proxy", "shares", "schedules"])
def test_a_part_is_a_process_that_takes_the_place_of_its_pods_first(
    tmp_path: Path, folder: DataFolder, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []

    def replace(_: str, command: list[str], environment: dict[str, str]) -> None:
        started.append((command, environment))

    masks: list[int] = []
    monkeypatch.setattr(os, "execve", replace)
    # Of this process it would close every folder that later tests make.
    monkeypatch.setattr(os, "umask", masks.append)
    serve.serve(settings_of(tmp_path), folder, part)
    ((command, environment),) = started
    assert masks == [0o077]
    secrets = [each.read_text() for each in folder.secrets.iterdir()]
    assert not [each for each in secrets if each in " ".join(command)]
    if part in ("shares", "schedules"):
        assert environment["JUPYTERHUB_SERVICE_URL"] == "http://0.0.0.0:8080"
        assert environment["JUPYTERHUB_API_URL"] == "http://hub.team:8081/hub/api"
    if part == "schedules":
        assert json.loads(folder.local_settings.read_text())["separate_users"] is False


def test_a_secret_that_nobody_made_is_named(tmp_path: Path, folder: DataFolder) -> None:
    (folder.secrets / "proxy").unlink()
    platform = Cluster(settings_of(tmp_path), folder).prepare()
    with pytest.raises(FolderError, match=r"The secret .*proxy can't be read: No such file"):
        parts.proxy(platform)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://lodge", "http://lodge", "would cross the network readable by others"),
        ('public_url = "https://id.example.com"', "", "identity.issuer is needed"),
        ('public_url = "https://lodge.example.com"', "", "server.public_url is needed"),
    ],
)
def test_what_is_missing_on_kubernetes_is_named(
    tmp_path: Path, folder: DataFolder, old: str, new: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        Cluster(settings_of(tmp_path, CLUSTER.replace(old, new)), folder).prepare()


def test_one_machine_has_no_parts(tmp_path: Path, folder: DataFolder) -> None:
    with pytest.raises(SettingsError, match="on one machine `lodge up` runs all parts"):
        Cluster(load_settings(None), folder).prepare()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[profiles.a]\nimage = "x"\n', "there is no [kubernetes]"),
        ("[kubernetes]\n", "need at least one table [profiles.NAME]"),
        ('[kubernetes]\n[profiles."A b"]\nimage = "x"\n', "the profile 'A b' can't be called so"),
        (
            '[kubernetes]\n[profiles.a]\nimage = "x"\nsources = ["y"]\n',
            "profiles.a.sources: there is no source y",
        ),
        ('[kubernetes]\n[profiles.a]\nimage = "x"\nmemry = "1G"\n', "did you mean memory?"),
        (
            '[kubernetes]\n[profiles.a]\nimage = "x"\n[profiles.a.spark]\nmodes = "x"\n',
            "lodge.toml:5: there is no setting profiles.a.spark.modes; did you mean mode?",
        ),
        ('[kubernetes]\nuser_namespaces = "all"\n', "a namespace is one user's"),
    ],
)
def test_a_profile_that_can_not_be_is_refused_when_the_hub_starts(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(SettingsError) as error:
        settings_of(tmp_path, text)
    assert said in str(error.value)
