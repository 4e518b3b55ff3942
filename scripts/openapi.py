"""Writes the OpenAPI documents of the hub services for the TypeScript types (`make types`)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from lodge_services.schedules.service import ROUTES as SCHEDULES_ROUTES
from lodge_services.shares.routes import routes as shares_routes
from lodge_services.web.app import common_routes
from lodge_services.web.openapi import openapi_document

FOLDER = Path(__file__).parents[1] / "labextensions" / "kit" / "schema"


def documents() -> dict[str, dict[str, Any]]:
    """Return the documents by service. The version stays out: it would change nothing but noise."""
    return {
        name: openapi_document(
            [*common_routes(), *routes],
            title=f"Lodge {name}",
            version="0",
            prefix=f"/services/{name}/",
        )
        for name, routes in (("shares", shares_routes()), ("schedules", SCHEDULES_ROUTES))
    }


def text(document: dict[str, Any]) -> str:
    """Return a document as it is kept."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, document in documents().items():
        (FOLDER / f"{name}.json").write_text(text(document), encoding="utf-8")
    sys.stdout.write(f"wrote {FOLDER}\n")
