"""Take addresses out of package-lock.json: npm writes where each package asks for money."""

import json
from pathlib import Path

LOCK = Path(__file__).parents[1] / "package-lock.json"

lock = json.loads(LOCK.read_text(encoding="utf-8"))
for package in lock["packages"].values():
    package.pop("funding", None)
LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
