"""``@dataclass(frozen=True, slots=True)``, quickly: in place of that of `dataclasses`, for what a start imports.

That one compiles six methods of each class from text. Before Python 3.13 it takes half a millisecond, and a start
makes some forty classes: a sixth of its time. Here one method is compiled, ``__init__``, which also makes instances
faster; the others are the same for every class. It is a dataclass, as `dataclasses.fields` and `replace` know it.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # a type checker sees no difference
else:

    def dataclass(*, frozen: bool, slots: bool) -> Any:
        """Return what makes a class a dataclass that is frozen and slotted; it is never anything else."""
        if not frozen or not slots:
            msg = "this is for frozen and slotted classes; dataclasses.dataclass makes others"
            raise TypeError(msg)
        return _made


def _made(cls: type[Any]) -> Any:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    names = [field.name for field in fields]
    values = attrgetter(*names)
    puts = [vars(made)[name].__set__ for name in names]

    def shown(self: Any) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({told})"

    def equal(self: Any, other: object) -> Any:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    def state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def restore(self: Any, state: list[Any]) -> None:
        for put, value in zip(puts, state, strict=True):
            put(self, value)

    made.__repr__, made.__eq__, made.__hash__ = shown, equal, hashed
    made.__getstate__, made.__setstate__ = state, restore
    made.__setattr__ = made.__delattr__ = _refuse
    made.__init__ = _init(fields, puts)
    return made


def _refuse(self: Any, name: str, _: object = None) -> None:
    raise dataclasses.FrozenInstanceError(f"{type(self).__qualname__}.{name} cannot be changed")


def _init(fields: tuple[dataclasses.Field[Any], ...], puts: list[Any]) -> Any:
    """Return the method that puts what it is given, or else the defaults, into the slots of an instance."""
    known: dict[str, Any] = {"_MISSING": dataclasses.MISSING}
    takes, does = [], []
    for number, (field, put) in enumerate(zip(fields, puts, strict=True)):
        name, value = field.name, field.name
        known[f"_put{number}"] = put
        if field.default_factory is not dataclasses.MISSING:
            known[f"_make{number}"] = field.default_factory
            name, value = f"{name}=_MISSING", f"_make{number}() if {name} is _MISSING else {name}"
        elif field.default is not dataclasses.MISSING:
            known[f"_default{number}"] = field.default
            name = f"{name}=_default{number}"
        takes.append(name)
        does.append(f"_put{number}(self, {value})")
    exec(f"def __init__(self, {', '.join(takes)}):\n " + "\n ".join(does), known)  # noqa: S102 - names of fields
    return known["__init__"]
