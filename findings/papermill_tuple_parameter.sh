#!/usr/bin/env bash
# papermill 2.7.0: a tuple given as a parameter arrives in the notebook as one text.
# Lists and dicts are written as Python has them, any other type as its quoted text: (2020, 2021)
# becomes "(2020, 2021)". The metadata of the notebook that papermill writes has [2020, 2021].
# Why it matters: `for year in years` runs over characters, `2020 in years` raises or is wrong, and
# the parameters that the notebook records look right. Pass lists.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check papermill==2.7.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys

import nbformat
import papermill

cell = nbformat.v4.new_code_cell("years = (2019,)", metadata={"tags": ["parameters"]})
kernel = {"name": "python3", "language": "python", "display_name": "Python"}
nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}), "in.ipynb")
papermill.execute_notebook(
    "in.ipynb",
    "out.ipynb",
    parameters={"years": (2020, 2021)},
    prepare_only=True,
    progress_bar=False,
)
made = nbformat.read("out.ipynb", 4)
cell = next(cell for cell in made.cells if "injected-parameters" in cell.metadata.tags)
values = {}
exec(cell.source, values)
recorded = made.metadata.papermill.parameters.years

print("papermill", papermill.__version__)
print("expected: years is a tuple or a list of two numbers, or an error")
print(f"seen: years is {values['years']!r}; recorded: {recorded}")
if (values["years"], recorded) != ("(2020, 2021)", [2020, 2021]):
    sys.exit("The behaviour has changed.")
PY
