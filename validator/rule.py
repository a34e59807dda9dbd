"""A rule as its YAML entry states it, and what a profile or a user changes about it."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal

from validator.place import Place, PlaceError
from validator.quickclass import dataclass
from validator.yamlfile import ConfigError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from validator.finding import Severity

Need = Literal["bytes", "headers", "request", "timestamps"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold.

    What it judges: the occurrences of the places `on` whose value passes `where`, in a payload that passes `when`.
    What must hold of them: `check`, by name, with `options`; its state belongs to one instance of the scope `per`
    (None: the innermost scope around `on`).
    When it is judged: if the capture has what it `needs`, every mark in `requires` was met and none in `unless`.
    When it keeps quiet: if a rule that it `yields_to` speaks of the same event (or, for what only the end of the
    stream proves, of the same stream); or if one that it `yields_after` has spoken anywhere before. Either names a
    rule, or with ``rule.case`` one kind of its breaches. A rule that `settles` a stream says that it is not of the
    protocol at all, and silences every other.
    How grave it is: `severity`; `cases` gives a kind of breach that the check names its own; `severity_after`
    gives another once a mark was met.
    """

    id: str
    title: str
    severity: Severity
    layer: str
    on: tuple[Place, ...]
    check: str
    options: Mapping[str, Any] = field(default_factory=dict)
    where: Any = None
    when: Any = None
    per: str | None = None
    needs: tuple[Need, ...] = ()
    requires: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    yields_after: tuple[str, ...] = ()
    settles: bool = False
    cases: Mapping[str, Severity] = field(default_factory=dict)
    severity_after: Mapping[str, Severity] = field(default_factory=dict)
    message: str | None = None
    expect: str = ""
    why: str = ""
    fix: str | None = None
    breaks: Mapping[str, str] = field(default_factory=dict)
    basis: tuple[str, ...] = ()
    note: str | None = None
    sources: tuple[Mapping[str, str], ...] = ()
    origin: str = ""

    def severity_in(self, case: str | None) -> Severity:
        """Return the severity of a breach of a case of `cases`, or after a mark of `severity_after`."""
        if case is None:
            return self.severity
        return self.severity_after.get(case, self.cases.get(case, self.severity))

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any], layer: str, origin: str) -> Rule:
        """Make a rule of an entry that the meta-schema has passed; `origin` is the file that it stands in.

        Raises:
            ConfigError: a place in it is not one.

        """
        places = entry["on"] if isinstance(entry["on"], list) else [entry["on"]]
        try:
            on = tuple(Place.parse(place) for place in places)
        except PlaceError as error:
            raise ConfigError(f"{origin}: rule {entry['id']}: {error}") from error
        ((check, options),) = entry["check"].items()
        return cls(
            id=entry["id"],
            title=entry.get("title", entry["id"]),
            severity=entry.get("severity", "warning"),
            layer=layer,
            on=on,
            check=check,
            options=options or {},
            where=entry.get("where"),
            when=entry.get("when"),
            per=entry.get("per"),
            needs=tuple(entry.get("needs", ())),
            requires=tuple(entry.get("requires", ())),
            unless=tuple(entry.get("unless", ())),
            yields_to=tuple(entry.get("yields_to", ())),
            yields_after=tuple(entry.get("yields_after", ())),
            settles=entry.get("settles", False),
            cases=entry.get("cases", {}),
            severity_after=entry.get("severity_after", {}),
            message=entry.get("message"),
            expect=entry.get("expect", entry.get("title", entry["id"])),
            why=entry.get("why", ""),
            fix=entry.get("fix"),
            breaks=entry.get("breaks", {}),
            basis=tuple(entry.get("basis", ())),
            note=entry.get("note"),
            sources=tuple(entry.get("sources", ())),
            origin=origin,
        )

    def amended(self, entry: Mapping[str, Any]) -> Rule:
        """Return the rule as a protocol that inherits it states it: with these keys in place of its own.

        The rules that it yields to are added to its own.
        """
        changed: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in entry.items()}
        changed["yields_to"] = self.yields_to + changed.get("yields_to", ())
        return replace(self, **changed)

    def among(self, rules: Container[str]) -> Rule:
        """Return the rule where only these are judged: it leaves nothing to another to tell."""
        to, after = (
            tuple(name for name in names if _rule_of(name) in rules) for names in (self.yields_to, self.yields_after)
        )
        return replace(self, yields_to=to, yields_after=after)

    @property
    def defers_to(self) -> tuple[str, ...]:
        """The rules whose findings can silence this one."""
        return tuple(map(_rule_of, self.yields_to + self.yields_after))


def _rule_of(name: str) -> str:
    """Return the rule that ``rule`` or ``rule.case`` names."""
    return name.partition(".")[0]
