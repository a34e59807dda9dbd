"""Binary data in pieces: base64 under one member, with an identity that stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import OBJECTS, At, Breach, Check, shown
from validator.checks.members import member, steps, whose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema
    from validator.scope import Spot

_BASE64 = re.compile(r"[A-Za-z0-9+/]*+={0,2}")


class Encoded(Check):
    """``encoded``: the values of an instance are pieces of one thing, and come only if they were asked for.

    A piece may hold whole groups of four characters, with or without padding, or be cut anywhere; what follows goes
    on where it ended. Options: `data`, the member that holds base64; `id`, the member that is the same in all pieces
    that have it; `only_if`, a mark without which no piece may come; `whole`, a mark that says that all have come.
    Cases: ``unasked``, ``id``, ``data``.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["data", "id", "only_if", "whole"],
        "properties": {name: {"type": "string"} for name in ("data", "id", "only_if", "whole")},
    }

    looks_at = OBJECTS

    class _Seen:
        __slots__ = ("id", "id_spot", "open", "spot")

        def __init__(self) -> None:
            self.id: str | None = None
            self.id_spot: Spot | None = None
            #: how many characters of a group of four have come
            self.open = 0
            self.spot: Spot | None = None

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.data, self.id = steps(options["data"]), steps(options["id"])
        self.only_if, self.whole = options["only_if"], options["whole"]
        self.uses_marks = (self.only_if, self.whole)

    def start(self) -> _Seen:
        """No piece yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a piece that was not asked for, has another id, or is not base64."""
        if type(value) is not dict:
            return None
        if not at.met(self.only_if):
            says = f"{self.place} comes, which the request does not ask for"
            return (Breach(says, got=shown(value), key="unasked", case="unasked"),)
        said = [self._identity(state, member(value, self.id), at), self._piece(state, member(value, self.data), at)]
        return [breach for breach in said if breach is not None] or None

    def _identity(self, state: _Seen, came: Any, at: At) -> Breach | None:
        if type(came) is not str or not came or came == state.id:
            return None
        if state.id_spot is None:
            state.id, state.id_spot = came, at.spot(*self.id)
            return None
        says = f"{self.place}.{'.'.join(self.id)} changes from {shown(state.id)} to {shown(came)}"
        return Breach(says, shown(came), at.spot(*self.id), (("the first one is here", state.id_spot),), "id", "id")

    def _piece(self, state: _Seen, data: Any, at: At) -> Breach | None:
        if type(data) is not str or not data:
            return None
        length, padded = state.open + len(data), data.endswith("=")
        state.open, state.spot = 0 if padded else length % 4, at.spot(*self.data)
        if not _BASE64.fullmatch(data):
            says = "has characters that are not of base64"
        elif padded and length % 4:
            says = "has its padding in the wrong place"
        else:
            return None
        state.open = 0
        return Breach(f"{self.place}.{'.'.join(self.data)} {says}", shown(data), state.spot, key="data", case="data")

    def close(self, state: _Seen, at: At) -> Iterable[Breach] | None:
        """Tell base64 that ends within a group of four characters, though all has come."""
        if not state.open or not at.met(self.whole):
            return None
        says = f"{self.place}.{'.'.join(self.data)} of {whose(at.own)} ends within a group of four characters"
        return (Breach(says, f"{state.open} of 4 characters", state.spot, key="data", case="data"),)
