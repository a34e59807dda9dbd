"""Fuzzing: what must hold of any bytes, for everything that reads some. ``python -m tests.fuzz --help`` says how."""
