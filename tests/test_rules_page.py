"""The pages of rules are those of the rules."""

from __future__ import annotations

import pytest

from validator import catalogue
from validator.rules_page import page


@pytest.mark.parametrize("name", list(catalogue.protocol_folders()))
def test_the_page_is_up_to_date(name: str) -> None:
    """Renew it by ``chunkspec rules --protocol NAME --format markdown > validator/protocols/FOLDER/RULES.md``."""
    written = (catalogue.protocol_folders()[name] / "RULES.md").read_text(encoding="utf-8")
    assert written == page(catalogue.protocol(name))


@pytest.mark.parametrize("name", list(catalogue.protocol_folders()))
def test_every_rule_says_what_a_person_needs(name: str) -> None:
    rules = catalogue.protocol(name).rules.values()
    assert [rule.id for rule in rules if not (rule.why and rule.fix and rule.basis)] == []
    assert [rule.id for rule in rules if not rule.sources and rule.basis != ("derived",)] == []
    assert [rule.id for rule in rules if not rule.expect or rule.expect.endswith(".")] == []
