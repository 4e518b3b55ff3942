#!/usr/bin/env bash
# holidays 0.109: asked for China's holidays of one year, `weekend_workdays` (the Saturdays and Sundays that are
# worked in exchange for days off) also lists days of 2001, 2005, 2006 and 2011, which nobody asked for.
# Expected: working weekends of the years that were asked for alone, as it is with the holidays themselves.
# Why it matters: who counts a year's working days, or shows a calendar of it, takes the set as it is; and a
# year that is not asked for is half there: its working weekends, without its holidays.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check holidays==0.109
"$folder/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import holidays

seen = {}
for year in (2024, 2025, 2026):
    china = holidays.country_holidays("CN", years=year)
    elsewhere = sorted({day.year for day in china.weekend_workdays if day.year != year})
    seen[year] = (elsewhere, sorted({day.year for day in china}))
print("holidays", version("holidays"))
print("expected: no other year among the working weekends, as among the holidays")
print("seen (other years among working weekends, years of the holidays):", seen)
if any(found != ([2001, 2005, 2006, 2011], [year]) for year, found in seen.items()):
    sys.exit("The behaviour has changed.")
PY
