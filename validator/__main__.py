"""``python -m validator``: the same as ``chunkspec``."""

from validator.start import main

if __name__ == "__main__":  # not in the processes that `check -j` starts
    main()
