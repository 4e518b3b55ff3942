"""The content of messages in nbformat's form, whatever a kernel or a library has sent."""

from __future__ import annotations

import json
from typing import Any

Place = int | str
"""Where output goes: to the cell of an index, or to the ``Output`` widget of a comm id."""

LONGEST_ERROR = 1_000_000  # characters of an error's text and of each line of its traceback


def stream_of(content: dict[str, Any]) -> tuple[str, str]:
    """Return the name of a stream and the text for it."""
    return str(content.get("name") or "stdout"), text_of(content.get("text", ""))


def output_of(type_: str, content: dict[str, Any]) -> dict[str, Any] | None:
    """Return the output that a display, a result or an error is; None for what is none."""
    if type_ == "error":
        lines = content.get("traceback")
        return {
            "output_type": "error",
            "ename": text_of(content.get("ename", ""))[:LONGEST_ERROR],
            "evalue": text_of(content.get("evalue", ""))[:LONGEST_ERROR],
            "traceback": [
                text_of(line)[:LONGEST_ERROR] for line in (lines if isinstance(lines, list) else ())
            ],
        }
    if type_ == "stream":
        name, text = stream_of(content)
        return {"output_type": "stream", "name": name, "text": text}
    data, metadata = content.get("data", {}), content.get("metadata")
    if type_ not in ("display_data", "execute_result") or not isinstance(data, dict):
        return None
    output: dict[str, Any] = {
        "output_type": type_,
        "data": {
            mime: value if isinstance(value, str) or is_json(mime) else text_of(value)
            for mime, value in data.items()
        },
        "metadata": metadata if isinstance(metadata, dict) else {},
    }
    if type_ == "execute_result":
        output["execution_count"] = count_of(content)
    return output


def display_id_of(content: dict[str, Any]) -> str | None:
    """Return the id by which a display can be changed later, or None."""
    transient = content.get("transient")
    display_id = transient.get("display_id") if isinstance(transient, dict) else None
    return str(display_id) if isinstance(display_id, str | int) else None


def count_of(content: dict[str, Any]) -> int | None:
    """Return the number that the kernel gives a cell, or None."""
    count = content.get("execution_count")
    return count if isinstance(count, int) and count >= 0 else None


def text_of(value: Any) -> str:
    """Return a text, one in lines, or what else stands in its place, as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return json.dumps(value, ensure_ascii=False)


def is_json(mime: str) -> bool:
    """Return whether a MIME type's data is JSON itself, no text."""
    return mime == "application/json" or (
        mime.startswith("application/") and mime.endswith("+json")
    )
