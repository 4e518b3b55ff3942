"""``lodge doctor`` on wikis and mail: what is there is tried, and left as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from lodge_hub.cli.doctor import doctor
from support.git_wiki import Repository
from support.mail import PASSWORD, mail_server


@pytest.mark.parametrize("there", [True, False])
def test_doctor_tries_the_wikis(tmp_path: Path, there: bool) -> None:
    repository = Repository(tmp_path)
    url = repository.bare if there else tmp_path / "nowhere.git"
    settings = tmp_path / "lodge.toml"
    settings.write_text(f'[wikis.team]\ntype = "git"\nurl = "file://{url}"\nparent = "Reports"\n')
    done = CliRunner().invoke(
        doctor, ["--config", str(settings), "--data-dir", str(tmp_path / "data")]
    )
    (line,) = (line.strip() for line in done.output.splitlines() if "wiki team" in line)
    if there:
        assert line == "found    wiki team: Pages can be written as lodge."
        assert repository.files() == []
        assert len(repository.log()) == 3
    else:
        assert line.startswith("CLOSED   wiki team: There is no repository")
        assert done.exit_code == 1


@pytest.mark.parametrize("there", [True, False])
def test_doctor_signs_in_at_the_mail_server(
    tmp_path: Path, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        table = server.table(tmp_path)
        server.password = PASSWORD if there else "another"
        settings = tmp_path / "lodge.toml"
        lines = [f"{name} = {json.dumps(value)}" for name, value in table.items()]
        settings.write_text("\n".join(["[mail]", *lines]))
        done = CliRunner().invoke(
            doctor, ["--config", str(settings), "--data-dir", str(tmp_path / "data")]
        )
        assert server.taken == []
    (line,) = (line.strip() for line in done.output.splitlines() if "mail server" in line)
    assert PASSWORD not in done.output
    if there:
        assert line == "found    mail server 127.0.0.1: It takes mail of lodge."
    else:
        assert line.startswith("CLOSED   mail server 127.0.0.1: ")
        assert "refused Lodge's sign-in" in line
        assert done.exit_code == 1
