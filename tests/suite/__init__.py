"""Runs the tests: what goes side by side, in which order, and that nothing of it is left behind.

`plan` says which files go together, `scheduler` which of them next, `process` runs one, `runs` and
`leftovers` look after what a run makes, also when it is killed, `changed` finds what a change can
reach, and `report` says what came of it all. `python -m suite --help` is the way in.
"""
