"""What servers of others stream: ``python -m tests.peers --table`` asks the installed ones; or ``--defects``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tests.peers.asked import asked
from tests.peers.defect import known
from tests.peers.peer import peers

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = (
    "server",
    "version",
    "what it is",
    "rules passed",
    "errors",
    "errors under compatible",
    "warnings",
    "beside rules",
)


def _codes(rules: list[str]) -> str:
    return ", ".join(f"`{rule}`" for rule in rules) or "none"


def _counted(rules: list[str]) -> str:
    return f"{len(rules)}: {_codes(sorted(rules))}" if rules else "0"


def _row(name: str) -> tuple[int, int, str, str]:
    """Return what a row is sorted by, and the row."""
    scores: dict[str, Any] = asked(name).report["probe"]["scores"]
    strict, loose = scores["openai"], scores["compatible"]
    warned = sorted(set(strict["warned"]) - set(strict["failed"]))
    cells = (
        name, str(peers()[name].version), peers()[name].what, f"{strict['passed']} of {strict['exercised']}",
        _counted(strict["failed"]), _counted(loose["failed"]), _counted(warned),
        _counted(sorted(asked(name).refusals())),
    )  # fmt: skip
    return len(strict["failed"]), len(loose["failed"]), name, f"| {' | '.join(cells)} |"


def table() -> Iterator[str]:
    """Yield a Markdown table of the peers that can be run here, those with the fewest errors first."""
    rows = []
    for name, peer in peers().items():
        if wanting := peer.wanting():
            print(wanting, file=sys.stderr)
        else:
            print(f"asking {name}", file=sys.stderr, flush=True)
            rows.append(_row(name))
    yield f"| {' | '.join(HEAD)} |"
    yield "| --- " * len(HEAD) + "|"
    yield from (row for *_, row in sorted(rows))


def defects() -> Iterator[str]:
    """Yield the known defects as Markdown: what is seen, in which bytes, and what to change."""
    for name, one in known().items():
        yield f"### {name} {one.version}: {peers()[name].what}\n"
        for defect in one.defects:
            yield f"- {_codes(defect.rules)} in `{defect.see}`: {defect.says.strip()}"
            if defect.bytes:
                yield f"  Bytes: `` {defect.bytes} ``"
            yield f"  Change: {defect.change.strip()}"
        yield ""


def main() -> None:
    """Print what the command line asks for."""
    what = {"--table": table, "--defects": defects}
    if len(sys.argv) != 2 or sys.argv[1] not in what:
        sys.exit(f"usage: python -m tests.peers {' | '.join(what)}")
    for line in what[sys.argv[1]]():
        print(line, flush=True)


if __name__ == "__main__":
    main()
