"""Regular expressions of rules: those that people write, matched against what strangers send.

`re` tries again and again where a repetition can take a text in several ways, and thirty characters then take longer
than the universe is old. So a repetition may hold no other, and no choice, unless it never gives back what it took:
possessive (``(?:a|b)++``) or in an atomic group (``(?>...)``). Nor may many of those that give back stand in a row.
"""

from __future__ import annotations

import re
import re._constants as kind  # type: ignore[import-not-found]  # Python's own, untyped
import re._parser as parser  # type: ignore[import-not-found]  # likewise
from typing import Any

#: How many repetitions without an end, which give back what they took, a pattern may have.
MOST = 3

_REPEATS = (kind.MAX_REPEAT, kind.MIN_REPEAT)
_SETTLED = (kind.POSSESSIVE_REPEAT, kind.ATOMIC_GROUP)


def compiled(text: str) -> re.Pattern[str]:
    """Return a compiled pattern.

    Raises:
        re.error: it is none, or one that could take forever.

    """
    try:
        found = re.compile(text)
        endless = _endless(parser.parse(text), repeated=False)
    except (RecursionError, OverflowError) as error:
        raise re.error("it is too deep or too great") from error
    if endless > MOST:
        raise re.error(
            f"it has {endless} repetitions without an end, and may take forever; write *+ or ++ for * or +"
        )
    return found


def _endless(parts: Any, *, repeated: bool) -> int:
    """Count the repetitions without an end; `repeated`: these parts stand in a repetition."""
    count = 0
    for operation, argument in parts:
        if operation in _REPEATS:
            least, most, inner = argument
            if repeated and least != most:
                raise re.error(
                    "a repetition stands in another and may take forever; write *+ or ++ for the inner one"
                )
            count += most == kind.MAXREPEAT
            count += _endless(inner, repeated=repeated or most > 1)
        elif operation in _SETTLED:
            inner = argument[2] if operation is kind.POSSESSIVE_REPEAT else argument
            count += _endless(inner, repeated=False)
        elif operation is kind.BRANCH:
            if repeated:
                raise re.error("a choice stands in a repetition and may take forever; write *+ or ++ for that one")
            count += sum(_endless(branch, repeated=repeated) for branch in argument[1])
        elif operation is kind.SUBPATTERN:
            count += _endless(argument[3], repeated=repeated)
        elif operation in (kind.ASSERT, kind.ASSERT_NOT):
            count += _endless(argument[1], repeated=repeated)
        elif operation is kind.GROUPREF_EXISTS:
            count += sum(_endless(branch, repeated=repeated) for branch in argument[1:] if branch is not None)
        elif operation is kind.GROUPREF and repeated:
            raise re.error("a reference to a group stands in a repetition and may take forever")
    return count
