"""`lodge namespace`: what an admin makes for users where the hub may not."""

import json
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from click.testing import CliRunner, Result
from lodge_hub.cli import main
from lodge_hub.folders import DataFolder
from lodge_hub.kubernetes import Cluster
from lodge_hub.settings import SettingsError, load_settings
from lodge_spawner.manifests import premade_namespace

PREMADE = """
[server]
public_url = "https://lodge.example.com"
[identity]
public_url = "https://id.example.com"
[kubernetes]
instance = "notes"
namespace = "team"
premade_namespaces = true
[profiles.spark]
image = "server:1"
spark = { mode = "pods" }
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "lodge.toml"
    path.write_text(text)
    return path


def run(tmp_path: Path, text: str, *users: str) -> Result:
    return CliRunner().invoke(main, ["namespace", *users, "--config", str(written(tmp_path, text))])


def test_one_stream_holds_the_namespaces_of_all_and_the_hubs_rights(tmp_path: Path) -> None:
    made = run(tmp_path, PREMADE, "ada", "Bob@Example.com", "ada")
    assert made.exit_code == 0, made.output
    found = list(yaml.safe_load_all(made.stdout))
    ada = premade_namespace("notes-ada", "hub", "team", "notes")
    assert found[: len(ada)] == ada
    assert found[len(ada)]["metadata"]["name"].startswith("notes-bob-example-com---")
    assert len(found) == 2 * len(ada)
    # Each stands for itself.
    assert "*id" not in made.stdout


def test_names_are_those_of_the_template(tmp_path: Path) -> None:
    text = PREMADE.replace("[kubernetes]", '[kubernetes]\nuser_namespaces = "{username}-work"')
    made = run(tmp_path, text, "ada")
    assert next(yaml.safe_load_all(made.stdout))["metadata"]["name"] == "ada-work"
    text = text.replace("{username}-work", "{hubnamespace}-{username}")
    made = run(tmp_path, text, "ada")
    assert next(yaml.safe_load_all(made.stdout))["metadata"]["name"] == "team-ada"


def test_where_the_hub_makes_them_or_there_is_no_cluster_it_says_so(tmp_path: Path) -> None:
    told = run(tmp_path, PREMADE.replace("premade_namespaces = true", ""), "ada")
    assert told.exit_code == 1
    assert "The hub makes the users' namespaces itself" in told.output
    assert "singleuser.premadeNamespaces" in told.output
    told = run(tmp_path, "", "ada")
    assert told.exit_code == 1
    assert "There is no table [kubernetes] in the settings" in told.output


def test_hub_and_reaper_know_of_them(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, PREMADE))
    cluster = Cluster(settings, DataFolder(tmp_path / "data"))
    traits = cluster.spawner_traits(cluster.prepare())
    assert traits["premade_namespaces"] is True
    assert traits["user_namespace_template"] == "notes-{username}"
    assert "--Reaper.user_namespaces=notes-{username}" in cluster.helpers().services[0]["command"]
    settings = load_settings(written(tmp_path, PREMADE.replace("premade_namespaces = true", "")))
    helpers = Cluster(settings, cluster.folder).helpers()
    assert "user_namespaces" not in json.dumps(helpers.services)


def test_where_all_servers_are_in_one_namespace_the_reaper_looks_there_alone(
    tmp_path: Path,
) -> None:
    text = PREMADE.replace("premade_namespaces = true", "").replace('"pods"', '"local"')
    settings = load_settings(written(tmp_path, text))
    cluster = Cluster(settings, DataFolder(tmp_path / "data"))
    assert "--Reaper.user_namespaces=team" in cluster.helpers().services[0]["command"]


def test_a_name_that_only_a_server_has_is_refused(tmp_path: Path) -> None:
    text = PREMADE.replace("[kubernetes]", '[kubernetes]\nuser_namespaces = "{username}-{userid}"')
    with pytest.raises(SettingsError, match=r"of a user it may hold \{username\}"):
        load_settings(written(tmp_path, text))
