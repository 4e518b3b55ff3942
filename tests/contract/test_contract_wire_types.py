"""The TypeScript wire types are those of the services' OpenAPI documents of today."""

import importlib.util
from pathlib import Path

from openapi_spec_validator import validate

ROOT = Path(__file__).parents[2]


def test_the_kept_documents_are_those_of_the_services() -> None:
    spec = importlib.util.spec_from_file_location("openapi", ROOT / "scripts" / "openapi.py")
    assert spec is not None
    assert spec.loader is not None
    openapi = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(openapi)
    for name, document in openapi.documents().items():
        validate(document)
        kept = (openapi.FOLDER / f"{name}.json").read_text()
        assert kept == openapi.text(document), "run `make types`"
