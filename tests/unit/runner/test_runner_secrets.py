"""Secrets in notebooks are found, and ordinary notebooks have none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lodge_runner.secrets_found import FoundSecret, find_secrets

ROOT = Path(__file__).parents[3]

# In two parts, so that no scanner takes this file for one that leaks.
PLANTED = {
    kind: "".join(parts)
    for kind, parts in {
        "AWS Access Key": ("AKIA", "QYLPMN5HHHFPZAM2"),
        "GitHub Token": ("ghp_", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"),
        "GitLab Token": ("glpat-", "Zr2Pw5k4aXcaT4fNP0Uc"),
        "Slack Token": ("xoxb-", "34532454-e039d02840a0b9379c"),
        "JSON Web Token": (
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
            "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN",
        ),
        "Private Key": ("-----BEGIN RSA ", "PRIVATE KEY-----"),
        "Stripe Access Key": ("sk_", "live_ReTllpYQYfIZu2Jnf2lAPFjD"),
        "Azure Storage Account access key": (
            "AccountKey=lJzRc1YdHaAA2KCNJJ1tkYwF/+mKK6Ygw0NGe170Xu59",
            "2euJv2wYUtBlV8z+qnlcNQSnIYVTkLWntUO1F8j8rQ==",
        ),
        "Basic Auth Credentials": ("postgresql://ada:", "tr0ub4dor@db.example/flights"),
        "PyPI Token": ("pypi-AgEIcHlwaS5vcmcCJDU3OTM1", "MjliLWIyYTYtNDEwOC05NzRk" * 4),
    }.items()
}


def notebook(source: str = "", **output: Any) -> Any:
    outputs = [nbformat.v4.new_output("display_data", data=output)] if output else []
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Late flights"),
            nbformat.v4.new_code_cell(source, outputs=outputs),
        ]
    )


@pytest.mark.parametrize("kind", PLANTED)
def test_keys_are_found_in_sources_and_outputs(kind: str) -> None:
    secret = PLANTED[kind]
    found = find_secrets(notebook(f'client.connect("{secret}")\n'))
    assert FoundSecret(1, "source", kind) in found
    assert all(one.place == "source" for one in found)
    for mime in ("text/plain", "text/html"):
        found = find_secrets(notebook("show()", **{mime: f"<p>it is {secret} </p>"}))
        assert FoundSecret(1, "output", kind) in found
    stream = nbformat.v4.new_output("stream", name="stdout", text=f"config: {secret}\n")
    cell = nbformat.v4.new_code_cell("show()", outputs=[stream])
    assert FoundSecret(0, "output", kind) in find_secrets({"cells": [cell]})
    assert secret not in repr(found)


@pytest.mark.parametrize(
    "line",
    [
        'password = "tr0ub4dor&3"',
        'conn = psycopg.connect("host=db user=ada password=tr0ub4dor")',
        '.config("spark.hadoop.fs.s3a.secret.key", "wJalrXUtnFEMIbPxRfiCY")',
        "os.environ['API_KEY'] = '0a1b2c3d4e5f'",
        "%%sql --url mysql://ada:tr0ub4dor@db/flights",
        '{"client_secret": "Zr2Pw5k4aXca"}',
    ],
)
def test_passwords_are_found_as_notebooks_write_them(line: str) -> None:
    assert find_secrets(notebook(line)) != []


@pytest.mark.parametrize(
    "line",
    [
        "password = getpass()",
        'password = os.environ["DB_PASSWORD"]',
        "connect(password=password, user=user)",
        "token = settings.token",
        'print("password:", "*" * 8)',
        "password=<your password>",
        "password: ${DB_PASSWORD}",
        "api_key = input('API key: ')",
        "df[['user', 'password_changed_at']].head()",
        "secret_key_column = 'k'",
        "The password is reset every 90 days: ask the help desk.",
        "d41d8cd98f00b204e9800998ecf8427e e3b0c44298fc1c149afbf4c8996fb924",
        "tokens = text.split(); access_token_count = 3",
        "https://lodge.example/services/shares/0a1b2c3d4e5f?token=1",
        'url = f"postgresql://{user}:{password}@db/flights"',
        "--param key=:key --source flights",
    ],
)
def test_what_is_no_secret_is_none(line: str) -> None:
    assert find_secrets(notebook(line, **{"text/plain": line})) == []


def test_ordinary_notebooks_have_none() -> None:
    paths = [path for path in ROOT.rglob("*.ipynb") if "node_modules" not in path.parts]
    assert len(paths) >= 2
    for path in paths:
        assert find_secrets(json.loads(path.read_text())) == [], path


def test_a_picture_is_not_read_and_a_huge_notebook_is_bounded() -> None:
    data = {"image/png": PLANTED["GitHub Token"]}
    assert find_secrets(notebook("plot()", **data)) == []
    assert find_secrets(notebook("x = 1\n" * 100_000 + "0" * 5_000_000)) == []


@pytest.mark.parametrize(
    "cells", [None, "x", [None, 3, {"source": 3, "outputs": [None, {"data": 3}]}]]
)
def test_what_is_wrong_is_passed_over(cells: Any) -> None:
    assert find_secrets({"cells": cells}) == []
