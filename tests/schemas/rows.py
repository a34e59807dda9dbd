"""All rows: the schema, a payload, and the breaches that it has by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.schemas.rows_beside import ERROR, MODERATION, USAGE
from tests.schemas.rows_choices import CHUNK, DELTAS, FINISH, LOGPROBS, TOOL_CALLS
from tests.schemas.rows_legacy import LEGACY

if TYPE_CHECKING:
    from tests.schemas.documents import Row

ROWS: list[Row] = [
    *[
        (f"chat_completions/{kind}.json", payload, breaches)
        for rows in (CHUNK, DELTAS, TOOL_CALLS, LOGPROBS, FINISH, USAGE, MODERATION, ERROR)
        for kind, payload, breaches in rows
    ],
    *[(f"text_completion/{kind}.json", payload, breaches) for kind, payload, breaches in LEGACY],
]
