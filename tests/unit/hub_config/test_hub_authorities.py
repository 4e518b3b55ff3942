"""A company's own authorities."""

from pathlib import Path

import pytest
from lodge_hub.kubernetes.authorities import AuthoritiesError, trust

PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----"


def test_they_are_trusted_beside_the_systems(tmp_path: Path) -> None:
    system, bundle = tmp_path / "system", tmp_path / "bundle.pem"
    system.write_text(PEM.format("system"))
    (tmp_path / "ca.crt").write_text(PEM.format("company"))
    assert trust(tmp_path, bundle, system)["SSL_CERT_FILE"] == str(bundle)
    text = bundle.read_text()
    assert text.index("system") < text.index("company")


def test_without_any_nothing_changes(tmp_path: Path) -> None:
    assert trust(tmp_path / "none", tmp_path / "bundle.pem") == {}
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("hello")
    with pytest.raises(AuthoritiesError, match=r"ca\.crt holds no certificate"):
        trust(tmp_path, tmp_path / "bundle.pem")
