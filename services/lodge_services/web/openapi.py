"""The OpenAPI 3.1 document, made from the handlers and their pydantic models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from .auth import public_reason_of, scope_of
from .operations import Operation, operation_of
from .route import Route

VERBS = ("get", "post", "put", "patch", "delete")

_PHRASES = {
    400: "What was sent is not valid.",
    401: "Nobody is signed in.",
    403: "The scope is not granted, or the thing is not yours.",
    404: "There is no such thing.",
    409: "The state of the thing does not allow it.",
    410: "It is used up, expired or deleted.",
    413: "The body is too large.",
    503: "Something the service needs does not answer.",
}


class Problem(BaseModel):
    """What every error looks like."""

    message: str
    reason: str


def verbs_of(route: Route) -> Iterator[tuple[str, Any]]:
    """Yield name and method of every verb that a route's handler defines itself or inherits."""
    for verb in VERBS:
        method = getattr(route.handler, verb, None)
        if method is not None and method.__qualname__.partition(".")[0] != "RequestHandler":
            if getattr(method, "__name__", "") == "_unimplemented_method":
                continue
            yield verb, method


def documented(routes: Iterable[Route]) -> Iterator[tuple[Route, str, Any, Operation]]:
    """Yield every verb that has an `operation`."""
    for route in routes:
        for verb, method in verbs_of(route):
            described = operation_of(method)
            if described is not None:
                yield route, verb, method, described


def openapi_document(
    routes: Sequence[Route], *, title: str, version: str, prefix: str
) -> dict[str, Any]:
    """Return the document of all routes whose verbs are operations.

    Parameters
    ----------
    routes
        Of the whole application.
    title, version
        Of the document.
    prefix
        Path that all routes are below, as a browser sees it.
    """
    entries = list(documented(routes))
    models: dict[tuple[type[BaseModel], Literal["validation", "serialization"]], None] = {
        (Problem, "serialization"): None
    }
    for _, _, _, described in entries:
        if described.body is not None:
            models[described.body, "validation"] = None
        if described.query is not None:
            models[described.query, "validation"] = None
        if described.returns is not None:
            models[described.returns, "serialization"] = None
    references, definitions = models_json_schema(
        list(models), ref_template="#/components/schemas/{model}"
    )
    schemas = definitions.get("$defs", {})
    paths: dict[str, dict[str, Any]] = {}
    for route, verb, method, described in entries:
        query_schema = None
        if described.query is not None:
            query_schema = _resolved(references[described.query, "validation"], schemas)
        entry: dict[str, Any] = {
            "summary": described.summary,
            "operationId": f"{verb}_{route.name}",
            "parameters": [*_path_parameters(route), *_query_parameters(query_schema)],
            "responses": _responses(described, references),
        }
        scope = scope_of(method)
        if scope is not None:
            entry["security"] = [{"hub": [scope]}]
        elif public_reason_of(method) is not None:
            entry["security"] = []
        if described.body is not None:
            entry["requestBody"] = {
                "required": True,
                "content": {
                    "application/json": {"schema": references[described.body, "validation"]}
                },
            }
        paths.setdefault(f"/{route.path}", {})[verb] = entry
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": prefix.rstrip("/")}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "hub": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A JupyterHub token with the scopes that the operation lists.",
                }
            },
        },
    }


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]


def _query_parameters(schema: dict[str, Any] | None) -> list[dict[str, Any]]:
    if schema is None:
        return []
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": value}
        for name, value in schema.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    resolved: dict[str, Any] = schemas[reference.rpartition("/")[2]]
    return resolved


def _responses(described: Operation, references: Any) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "It worked."}
    if described.returns is not None:
        good["content"] = {
            "application/json": {"schema": references[described.returns, "serialization"]}
        }
    elif described.status != 204:
        good["content"] = {described.media_type: {"schema": {}}}
    responses: dict[str, Any] = {str(described.status): good}
    errors = {401, 403, 503, *described.errors}
    if described.body is not None:
        errors |= {400, 413}
    if described.query is not None:
        errors.add(400)
    for status in sorted(errors):
        responses[str(status)] = {
            "description": _PHRASES[status],
            "content": {"application/json": {"schema": references[Problem, "serialization"]}},
        }
    return responses
