"""What an installation adds to the hub's configuration."""

import json
from pathlib import Path

import pytest
from lodge_hub.kubernetes.additions import Additions, AdditionsError


def read(folder: Path, **given: object) -> Additions:
    path = folder / "config.json"
    path.write_text(json.dumps(given))
    return Additions.read(path)


def test_without_a_file_nothing_is_added(tmp_path: Path) -> None:
    found = Additions.read(tmp_path / "config.json")
    assert (found.service_list(str), found.role_list(), found.traits) == ([], [], {})


def test_services_have_their_token_and_roles_their_name(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        services={"grader": {"url": "http://grader:9000"}},
        roles={"grading": {"services": ["grader"], "scopes": ["list:users"]}},
    )
    assert found.service_list(lambda name: f"secret of {name}") == [
        {
            "name": "grader",
            "api_token": "secret of service-grader",
            "url": "http://grader:9000",
        }
    ]
    assert found.role_list() == [
        {"name": "grading", "services": ["grader"], "scopes": ["list:users"]}
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"services": {"shares": {}}}, "named shares is Lodge's own"),
        ({"traits": {"JupyterHub": {"load_roles": []}}}, "use hub.services and hub.loadRoles"),
    ],
)
def test_lodges_own_is_not_taken_away(tmp_path: Path, given: dict[str, object], told: str) -> None:
    with pytest.raises(AdditionsError, match=told):
        read(tmp_path, **given)
