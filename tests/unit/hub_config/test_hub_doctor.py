"""``lodge doctor`` on wikis: a real repository is written to, and left as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from lodge_hub.cli.doctor import doctor
from support.git_wiki import Repository


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
