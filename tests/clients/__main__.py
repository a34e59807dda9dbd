"""What the clients make of the captures of rules: ``python -m tests.clients RULE...``, or of all: ``--table``."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from typing import Any

from tests.clients import render, table
from tests.clients.clients import CLIENTS, outcomes

#: What hardly differs: left out of what is shown.
DULL = re.compile(r"(object|created|service_tier|system_fingerprint|.*\.index|.*written|usage\.(?!total_tokens).*)$")


def _told(outcome: dict[str, Any]) -> str:
    leaves = (f"{path}={value!r}" for path, value in sorted(outcome.items()) if not DULL.match(path))
    return " ".join(leaves).replace("\n", " ")[:300]


def _table() -> None:
    """Write TABLE.md, and print the part that the README shows."""
    wanting = [why for one in table.clients() if (why := one.wanting()) is not None]
    if wanting:
        sys.exit("\n".join(wanting))
    rows = table.rows()
    render.FILE.write_text(render.whole(rows), encoding="utf-8")
    print(render.shown(rows))


def main() -> None:
    """Print the outcomes of the captures of some rules, alike ones together."""
    if sys.argv[1:] == ["--table"]:
        _table()
        return
    alike: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for client, one in CLIENTS.items():
        if (wanting := one.wanting()) is not None:
            print(wanting, file=sys.stderr)
            continue
        for (protocol, capture, way), outcome in outcomes(client).items():
            if capture.split("/")[1] in sys.argv[1:]:
                alike[protocol, capture.removeprefix("rules/"), _told(outcome)].append(f"{one.name} {way}")
    for (protocol, capture, told), who in sorted(alike.items()):
        print(f"{protocol} {capture} [{', '.join(who)}]\n    {told}")


if __name__ == "__main__":
    main()
