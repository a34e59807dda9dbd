"""The vocabulary of checks, by the names that rules use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator.checks.claims import SchemaCheck
from validator.checks.identity import Constant
from validator.checks.order import NotAfter
from validator.checks.presence import Count, FirstMatches, LaterMatch, Matches, Never

if TYPE_CHECKING:
    from collections.abc import Mapping

    from validator.checks.base import Check

VOCABULARY: Mapping[str, type[Check]] = {
    "schema": SchemaCheck,
    "never": Never,
    "count": Count,
    "matches": Matches,
    "first_matches": FirstMatches,
    "later_match": LaterMatch,
    "not_after": NotAfter,
    "constant": Constant,
}
