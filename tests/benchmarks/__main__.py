"""``python -m tests.benchmarks [NAME...]``: measure all, or what is named, and print tables in Markdown."""

from __future__ import annotations

import argparse
import os
import platform

from tests.benchmarks import benchmarks


def main() -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benchmarks.ALL))
    parser.add_argument("--scale", type=float, default=1.0, help="how large, as a part of the full size (default: 1)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default: 5)")
    given = parser.parse_args()
    unknown = set(given.names) - set(benchmarks.ALL)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(benchmarks.ALL)}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, sizes x {given.scale:g}", flush=True)
    for name in given.names or benchmarks.ALL:
        print(f"\n{name}: {benchmarks.ALL[name].__doc__}\n", flush=True)
        for row in benchmarks.ALL[name](given.scale, given.rounds):
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
