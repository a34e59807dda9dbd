"""The vocabulary of checks, by the names that rules use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validator.checks.claims import SchemaCheck
from validator.checks.compiled import Fits
from validator.checks.counts import NeverFalls, NotZeroAfter, SizeAtMost, Sums
from validator.checks.encoded import Encoded
from validator.checks.fields import Extensions, KnownFields, SameText
from validator.checks.foreign import Foreign
from validator.checks.fragments import Distinct, FirstHas, FirstSeenInOrder, LaterNotBlank, NotInterleaved, SaidOnce
from validator.checks.framing import Classes, Longest, Uniform, Without
from validator.checks.identity import Constant, Contiguous, Exclusive, InOrder, OnlyFirst, SameMembers, Unique
from validator.checks.integers import ExactInteger
from validator.checks.joining import JoinedObject
from validator.checks.lengths import SameLength
from validator.checks.numbers import AtMost, Descending
from validator.checks.order import BackedBy, Follows, Last, LastAfter, NotAfter
from validator.checks.pairs import AllOrNone, AllowedWith, Beside, HadBefore, LastBeside, NullWhere
from validator.checks.presence import Count, FirstMatches, LaterMatch, Matches, Never
from validator.checks.request import Answers, Comes, Instances, Within
from validator.checks.request_texts import Echoes, Excludes, OneOf
from validator.checks.text import FreeOf, Increments, Lacks
from validator.checks.timing import Apart, Burst, FirstWithin, NearDate, Promptly, Silence
from validator.checks.tokens import Spells, TokenBytes
from validator.checks.transport import Coding, Document, Headers, Status
from validator.checks.unixtime import UnixTime

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
    "follows": Follows,
    "last_after": LastAfter,
    "last": Last,
    "backed_by": BackedBy,
    "beside": Beside,
    "constant": Constant,
    "same_members": SameMembers,
    "contiguous": Contiguous,
    "in_order": InOrder,
    "unique": Unique,
    "exclusive": Exclusive,
    "only_first": OnlyFirst,
    "lacks": Lacks,
    "free_of": FreeOf,
    "increments": Increments,
    "known_fields": KnownFields,
    "extensions": Extensions,
    "same_text": SameText,
    "unix_time": UnixTime,
    "foreign": Foreign,
    "uniform": Uniform,
    "without": Without,
    "longest": Longest,
    "classes": Classes,
    "first_has": FirstHas,
    "said_once": SaidOnce,
    "later_not_blank": LaterNotBlank,
    "first_seen_in_order": FirstSeenInOrder,
    "not_interleaved": NotInterleaved,
    "distinct": Distinct,
    "joined_object": JoinedObject,
    "sums": Sums,
    "never_falls": NeverFalls,
    "not_zero_after": NotZeroAfter,
    "descending": Descending,
    "at_most": AtMost,
    "size_at_most": SizeAtMost,
    "same_length": SameLength,
    "null_where": NullWhere,
    "all_or_none": AllOrNone,
    "last_beside": LastBeside,
    "had_before": HadBefore,
    "allowed_with": AllowedWith,
    "spells": Spells,
    "token_bytes": TokenBytes,
    "exact_integer": ExactInteger,
    "headers": Headers,
    "status": Status,
    "document": Document,
    "coding": Coding,
    "silence": Silence,
    "first_within": FirstWithin,
    "apart": Apart,
    "promptly": Promptly,
    "burst": Burst,
    "near_date": NearDate,
    "comes": Comes,
    "answers": Answers,
    "instances": Instances,
    "within": Within,
    "echoes": Echoes,
    "one_of": OneOf,
    "excludes": Excludes,
    "fits": Fits,
    "encoded": Encoded,
}
