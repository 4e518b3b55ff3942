"""Executes notebooks with parameters and loses nothing of what ran.

``lodge_runner.spec`` is the wire form of a run, ``lodge_runner.parameters`` reads and sets a
notebook's parameters, ``lodge_runner.cli`` is the command ``lodge-run``.
"""
