"""``python -m validator``: the same as ``chunkspec``."""

from validator.cli import main

main()
