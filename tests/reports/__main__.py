"""What our rules find of the public bug reports.

``python -m tests.reports`` prints the table; ``python -m tests.reports ID...`` prints the streams of some reports and
what is found in them.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tests.reports.entries import BECAUSE, NEEDS, Entry, entries
from tests.reports.streams import build
from validator.finding import rank

if TYPE_CHECKING:
    from collections.abc import Iterable


def main() -> None:
    """Print the table, or the reports that are asked for."""
    asked = sys.argv[1:]
    chosen = [entry for entry in entries() if entry.id in asked]
    if asked:
        for entry in chosen:
            _show(entry)
        sys.exit(0 if len(chosen) == len(set(asked)) else "there is no such report")
    _table(entries())


def _show(entry: Entry) -> None:
    print(f"{entry.id} {entry.said['ref']}: {entry.said['shows']}")
    if not entry.has_stream:
        print(f"  {(entry.needs and NEEDS[entry.needs]) or BECAUSE[entry.because or '']}: {entry.said['why']}")
        return
    body, meta = build(entry.said)
    print(body.decode(errors="backslashreplace"), end="")
    print("beside it:", meta or "nothing")
    for found in entry.judge():
        print(f"  {found.severity} {found.rule} x{found.count} {found.message}")


def _table(reports: list[Entry]) -> None:
    one = [entry for entry in reports if entry.needs is None]
    held = Counter(entry.held for entry in one if entry.has_stream)
    caught = [entry for entry in one if entry.expect]
    print(f"{len(reports)} reports")
    print(f"  {len(one):4}  of which one capture shows what is wrong, or that nothing is")
    for what, count in held.most_common():
        print(f"          {count:4}  by {what if what == 'stream' else 'the stream and its ' + what}")
    silent = [entry for entry in one if not entry.expect]
    print(f"  {len(caught):4}  of these caught; by a finding that is at most")
    for severity, count in Counter(map(_gravest, caught)).most_common():
        print(f"          {count:4}  {severity}")
    for reason, words in BECAUSE.items():
        print(f"  {sum(entry.because == reason for entry in silent):4}  {words}")
    rest = [entry for entry in reports if entry.needs is not None]
    signs = sum(bool(entry.expect) for entry in rest)
    print(f"  {len(rest):4}  need more than one capture; {signs} of them leave a sign in one")

    print("\nCaught by (a report may be by several)")
    rules: dict[str, list[str]] = defaultdict(list)
    for entry in reports:
        for rule in entry.expect:
            rules[rule].append(entry.id)
    for rule, ids in sorted(rules.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"  {len(ids):4}  {rule:40} {' '.join(ids[:5])}{' ...' if len(ids) > 5 else ''}")

    for reason, words in BECAUSE.items():
        _list(words[0].upper() + words[1:], (entry for entry in silent if entry.because == reason))
    for need, words in NEEDS.items():
        _list(f"Needs more: {words}", (entry for entry in rest if entry.needs == need))


def _gravest(entry: Entry) -> str:
    return max((found.severity for found in entry.judge() if found.rule in entry.expect), key=rank, default="nothing")


def _list(title: str, some: Iterable[Entry]) -> None:
    print(f"\n{title}")
    for entry in some:
        sign = f" (sign: {', '.join(entry.expect)})" if entry.expect else ""
        print(f"  {entry.id:9}  {entry.said['ref']}: {entry.said['shows']}. {entry.said['why']}{sign}")


if __name__ == "__main__":
    main()
