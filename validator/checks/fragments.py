"""What comes in fragments: what the first says, what the later ones leave out, in what order they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from validator.checks.base import OBJECTS, TEXTS, At, Breach, Check, shown
from validator.checks.members import MISSING, Steps, listed, member, steps, whose
from validator.scope import Scope, Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validator.checks.base import Setting
    from validator.rule import Rule
    from validator.schema import JsonSchema

_MEMBERS: JsonSchema = {
    "type": "array",
    "minItems": 1,
    "items": {"type": ["string", "array"], "minItems": 1, "items": {"type": "string"}},
}


class _Members(Check):
    """Base of the checks with the option `members`: names of members, or lists of names of which one will do."""

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["members"],
        "properties": {"members": _MEMBERS},
    }

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        named = [[one] if isinstance(one, str) else one for one in options["members"]]
        self.members: list[tuple[str, list[Steps]]] = [(names[0], [steps(name) for name in names]) for names in named]
        self._flat = [(name, path, path[0], path[1:]) for name, paths in self.members for path in paths]

    def there(self, value: Any) -> list[tuple[str, Steps, Any]]:
        """Return those members that a value has: the name, the steps, what stands there."""
        found = []
        if type(value) is dict:
            for name, path, first, more in self._flat:
                if first in value:
                    said = member(value[first], more) if more else value[first]
                    if said is not MISSING:
                        found.append((name, path, said))
        return found


class FirstHas(_Members):
    """``first_has``: the first value at the place, in each instance, has these members, and they are not empty.

    The lack of one member alone is of the case that has the member's name, that of all of the case ``none``.
    """

    looks_at = OBJECTS

    def start(self) -> list[bool]:
        """Nothing seen yet."""
        return [False]

    def see(self, state: list[bool], value: Any, at: At) -> Iterable[Breach] | None:
        """Judge the first value alone; tell all that it lacks in one."""
        if state[0] or type(value) is not dict:
            return None
        state[0] = True
        lacking = [name for name, paths in self.members if all(_is_empty(member(value, path)) for path in paths)]
        if not lacking:
            return None
        case = lacking[0] if len(lacking) == 1 else "none" if len(lacking) == len(self.members) else None
        return (Breach(f"{whose(at.own)} begins without {listed(lacking)}", got=shown(value), case=case),)

    def unmoved(self, state: list[bool], value: Any, at: At, *, same: bool) -> bool:
        """After the first."""
        return state[0]


class SaidOnce(_Members):
    """``said_once``: these members are not empty in at most one value of an instance.

    Option `identity`: the member that, where it comes with another value, shows that a second thing has begun
    under the key of the first. A breach by one member alone is of the case that has the member's name.
    """

    options: ClassVar[JsonSchema] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["members"],
        "properties": {"members": _MEMBERS, "identity": {"type": "string"}},
    }

    looks_at = OBJECTS

    def __init__(self, rule: Rule, options: Mapping[str, Any], setting: Setting) -> None:
        super().__init__(rule, options, setting)
        self.identity = options.get("identity")

    def start(self) -> dict[str, tuple[Any, Spot]]:
        """Nothing said yet: by member, the value and where."""
        return {}

    def see(self, state: dict[str, tuple[Any, Spot]], value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a value that says again what was said before."""
        again = []
        for name, path, said in self.there(value):
            if said is None or said == "":
                continue
            if name not in state:
                state[name] = said, at.spot(*path)
            else:
                again.append((name, said, at.spot(*path)))
        return (self._told(state, again, at),) if again else None

    def unmoved(self, state: dict[str, tuple[Any, Spot]], value: Any, at: At, *, same: bool) -> bool:
        """By a value in which all of them are empty."""
        return all(said is None or said == "" for _, _, said in self.there(value))

    def _told(self, state: dict[str, tuple[Any, Spot]], again: list[tuple[str, Any, Spot]], at: At) -> Breach:
        own = at.own
        for name, said, spot in again:
            before, first = state[name]
            if name == self.identity and said != before:
                state.update({other: (value, where) for other, value, where in again})
                return Breach(
                    f"{whose(own)} gets another {name}: first {shown(before)}, now {shown(said)}; "
                    f"most likely a second {own.name.replace('_', ' ')} has the number of the first",
                    got=shown(said), spot=spot, related=((f"the first {name} is here", first),), key="another",
                )  # fmt: skip
        name, said, spot = again[0]
        names = listed(name for name, _, _ in again)
        alone = name if len(again) == 1 else None
        return Breach(f"{names} of {whose(own)} {'comes' if alone else 'come'} again", shown(said), spot,
                      (("first here", state[name][1]),), key=alone or "", case=alone)  # fmt: skip


class LaterNotBlank(_Members):
    """``later_not_blank``: in all values of an instance but the first, these members are left out, not "" or null."""

    def start(self) -> list[Spot | None]:
        """Nothing seen yet."""
        return [None]

    def see(self, state: list[Spot | None], value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a later value with an empty member."""
        first = state[0]
        if first is None:
            state[0] = at.spot()
            return None
        empty = [one for one in self.there(value) if one[2] is None or one[2] == ""]
        if not empty:
            return None
        _, path, said = empty[0]
        what = listed(f"{name} {shown(said)}" for name, _, said in empty)
        return (Breach(f"a later fragment of {whose(at.own)} carries {what}", got=shown(said),
                       spot=at.spot(*path), related=(("it begins here", first),)),)  # fmt: skip

    def unmoved(self, state: list[Spot | None], value: Any, at: At, *, same: bool) -> bool:
        """After the first, by a value in which none of them is empty."""
        return state[0] is not None and all(said is not None and said != "" for _, _, said in self.there(value))


class FirstSeenInOrder(Check):
    """``first_seen_in_order``: the instances that values belong to first appear under the keys 0, 1, 2 and so on.

    The instances are those of the innermost scope around the place; the state is kept further out, by `per`.
    """

    class _Seen:
        __slots__ = ("keys", "told")

        def __init__(self) -> None:
            self.keys: set[Any] = set()
            self.told = False

    def start(self) -> _Seen:
        """No instance seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell the first instance that comes out of order."""
        scope = at.scope
        if scope is at.own or scope.key in state.keys:
            return None
        expected = len(state.keys)
        state.keys.add(scope.key)
        if scope.key == expected or state.told:
            return None
        state.told = True
        before = f"{scope.name.replace('_', ' ')} {expected}"
        return (Breach(f"{whose(scope)} begins, but {before} has not begun", got=str(scope.key)),)

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """By an instance that has begun."""
        return at.scope.key in state.keys


class NotInterleaved(Check):
    """``not_interleaved``: once an instance has appeared, there is nothing more of those that appeared before it.

    The instances are those of the innermost scope around the place; the state is kept further out, by `per`.
    """

    def see(self, state: Any, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a value of an instance that another has followed."""
        scope = at.scope
        if scope is at.own or scope.outer is None:
            return None
        newest = next(one for one in reversed(scope.outer.inner.values()) if one.name == scope.name)
        if newest is scope:
            return None
        begun = Spot("json", newest.first, (), newest)
        return (Breach(f"{whose(scope)} goes on after {newest.name.replace('_', ' ')} {newest.key} has begun",
                       got=shown(value), related=(("that one begins here", begun),)),)  # fmt: skip

    def unmoved(self, state: Any, value: Any, at: At, *, same: bool) -> bool:
        """By the newest."""
        return self.see(state, value, at) is None


class Distinct(Check):
    """``distinct``: no two instances have the same value at the place; of each, its first value counts.

    The instances are those of the innermost scope around the place; the state is kept further out, by `per`.
    """

    looks_at = TEXTS

    class _Seen:
        __slots__ = ("owners", "values")

        def __init__(self) -> None:
            self.owners: set[Scope] = set()
            self.values: dict[str, Spot] = {}

    def start(self) -> _Seen:
        """No value seen yet."""
        return self._Seen()

    def see(self, state: _Seen, value: Any, at: At) -> Iterable[Breach] | None:
        """Tell a value that another instance has."""
        scope = at.scope
        if scope is at.own or type(value) is not str or scope in state.owners:
            return None
        state.owners.add(scope)
        first = state.values.setdefault(value, spot := at.spot())
        if first is spot:
            return None
        return (Breach(f"{whose(scope)} has the {self.rule.on[0].steps[-1]} of {whose(first.scope)}: {shown(value)}",
                       got=shown(value), related=(("first here", first),)),)  # fmt: skip

    def unmoved(self, state: _Seen, value: Any, at: At, *, same: bool) -> bool:
        """By an instance whose value is known."""
        return at.scope in state.owners


def _is_empty(value: Any) -> bool:
    return value is None or value is MISSING or value == ""
