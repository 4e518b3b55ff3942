"""A driver set up for one machine, on a cluster."""

import pytest
from lodge_magics.spark import away

ON_ONE_MACHINE = {
    "spark.master": "local[*]",
    "spark.authenticate": "true",
    "spark.driver.host": "127.0.0.1",
}


def test_a_session_of_this_machine_stays_as_it_is() -> None:
    assert away.settings_away({}, ON_ONE_MACHINE) == {}


def test_a_standalone_cluster_is_asked_for_no_secret() -> None:
    asked = {"spark.master": "spark://127.0.0.1:7077"}
    assert away.settings_away(asked, ON_ONE_MACHINE) == {"spark.authenticate": "false"}


def test_a_secret_that_all_share_is_kept() -> None:
    asked = {"spark.master": "spark://127.0.0.1:7077", "spark.authenticate.secret": "x"}
    assert away.settings_away(asked, ON_ONE_MACHINE) == {}


def test_a_cluster_elsewhere_is_given_an_address_that_it_reaches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(away, "_own_address", lambda _: "10.1.2.3")
    monkeypatch.setattr(away, "resource_managers", lambda: ["rm:8032"])
    reached = {"spark.driver.host": "10.1.2.3", "spark.driver.bindAddress": "10.1.2.3"}
    assert away.settings_away({"spark.master": "yarn"}, ON_ONE_MACHINE) == reached
    own = {"spark.master": "yarn", "spark.driver.host": "me.example.com"}
    assert away.settings_away(own, ON_ONE_MACHINE) == {}


def test_the_address_is_that_of_the_way_to_the_master() -> None:
    asked = {"spark.master": "spark://no.such.host.invalid:1,127.0.0.1:7077"}
    assert away.settings_away(asked, {"spark.driver.host": "localhost"}) == {}
