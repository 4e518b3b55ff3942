"""Profiles: what is refused at the hub's start, and what is refused of a user."""

from pathlib import Path
from typing import Any

import pytest
from lodge_spawner.profiles import (
    MAX_HADOOP_BYTES,
    Profile,
    ProfileError,
    chosen,
    hadoop_files,
    load_profiles,
)

SMALL: dict[str, Any] = {"image": "lodge/server:1"}
LARGE: dict[str, Any] = {"image": "lodge/server:1", "groups": ["ml"], "gpu": 1}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, r"profiles\.small\.image: Field required"),
        (SMALL | {"imagee": "x"}, r"profiles\.small\.imagee: Extra inputs"),
        (SMALL | {"memory": "much"}, r"profiles\.small\.memory"),
        (SMALL | {"gpu": -1}, r"profiles\.small\.gpu"),
        (SMALL | {"egress": [{"network": "db.example.org"}]}, r"small\.egress\.0\.network"),
        (SMALL | {"spark": {"mode": "outside"}}, "need master and networks"),
        (SMALL | {"spark": {"mode": "pods", "master": "yarn"}}, "is outside"),
        (SMALL | {"spark": {"mode": "pods", "min_executors": 9}}, "more than max_executors"),
        (SMALL | {"spark": {"hadoop": "/nonesuch"}}, r"spark\.hadoop: .* No such file"),
        (SMALL | {"quota": {"pods": "3"}}, "set spark.mode to `pods`"),
    ],
)
def test_a_mistake_is_named_with_its_place(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        load_profiles({"small": table})


def test_the_files_of_hadoop_are_read_from_a_folder_as_clusters_mount_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no files"):
        hadoop_files(str(tmp_path))
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data/core-site.xml").write_text("<configuration/>")
    (tmp_path / "core-site.xml").symlink_to("..data/core-site.xml")
    assert hadoop_files(str(tmp_path)) == {"core-site.xml": "<configuration/>"}
    (tmp_path / "large").write_text("x" * MAX_HADOOP_BYTES)
    with pytest.raises(ValueError, match="more than"):
        hadoop_files(str(tmp_path))


def test_a_profile_needs_a_name_that_is_good_in_a_link() -> None:
    with pytest.raises(ProfileError, match=r"profiles\.Not a slug"):
        load_profiles({"Not a slug": SMALL})


def test_the_first_profile_of_a_users_groups_is_the_default() -> None:
    profiles = load_profiles({"large": LARGE, "small": SMALL})
    assert chosen(profiles, ["ml"], None)[0] == "large"
    assert chosen(profiles, [], None)[0] == "small"
    assert chosen(profiles, ["ml"], "small") == ("small", Profile(image="lodge/server:1"))


def test_what_a_form_sends_is_checked_against_the_groups() -> None:
    profiles = load_profiles({"large": LARGE, "small": SMALL})
    for slug in ("large", "nonesuch"):
        with pytest.raises(ProfileError, match=f"The profile {slug} can't be used"):
            chosen(profiles, ["sales"], slug)
    with pytest.raises(ProfileError, match="no profile is for one of your groups"):
        chosen(load_profiles({"large": LARGE}), ["sales"], None)
