"""Each `breaks` of a rule has an assertion; needs no client."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import validator
from tests.clients.claims import bad_captures, claims
from tests.clients.clients import CLIENTS, READERS
from tests.clients.jobs import captures, jobs
from tests.corpus import CORPUS
from validator import catalogue

ROOT = Path(__file__).parents[2]

STATED = {
    (protocol, rule.id, client)
    for protocol in catalogue.protocol_folders()
    for rule in catalogue.protocol(protocol).rules.values()
    for client in rule.breaks
}


def test_every_claim_of_a_rule_has_an_assertion_and_every_assertion_a_claim() -> None:
    asserted = {(claim.protocol, claim.rule, claim.client) for claim in claims()}
    assert sorted(STATED - asserted) == [], "a rule claims what nothing proves"
    assert sorted(asserted - STATED) == [], "a rule does not say what is proven of it"


def test_rules_name_the_versions_that_are_run() -> None:
    assert {client for _, _, client in STATED} <= set(CLIENTS)


def test_the_versions_that_are_run_are_those_that_get_installed() -> None:
    asked = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["clients"])
    node = json.loads((ROOT / "tests" / "clients" / "package.json").read_text())["dependencies"]
    asked |= {f"{'openai-node' if name == 'openai' else name}=={version}" for name, version in node.items()}
    run = {f"{one.name.removesuffix('-python')}=={one.version}" for one in (*CLIENTS.values(), *READERS.values())}
    assert asked == run | {f"ai=={node['ai']}"}  # which the other package of it needs


def test_every_assertion_is_of_a_bad_capture_that_is_read_in_this_way() -> None:
    read = {(client, *job.key) for client in CLIENTS for job in jobs(client.split()[0])}
    for claim in claims():
        assert claim.capture in bad_captures(claim.rule), claim.id
        assert (claim.client, claim.protocol, claim.path, claim.way) in read, claim.id


#: Where a profile can not tell what breaks a client from what does not: these stay warnings.
KNOWN = {
    "rules/role-not-null/bad-empty-on-first-delta.sse": "harmless where another delta has a role",
    "rules/tool-fragment-shape/bad-null-fragment.sse": "arguments that are null, of the same case, are harmless",
}


@pytest.mark.parametrize("profile", ["compatible", "compatible-completions"])
def test_the_compatible_profile_forgives_no_error_that_breaks_a_client(profile: str) -> None:
    protocol = catalogue.find_profile(profile)[0].name
    own = {path.relative_to(CORPUS).as_posix() for name, path, own in captures() if own and name == protocol}
    forgiven = set()
    for rule, capture in {(claim.rule, claim.path) for claim in claims() if claim.protocol == protocol}:
        if capture in own:
            strict, mild = (
                {found.rule: found.severity for found in validator.check(CORPUS / capture, profile=one).findings}
                for one in (catalogue.protocol(protocol).default_profile, profile)
            )
            if strict.get(rule) == "error" != mild.get(rule):
                forgiven.add(capture)
    assert forgiven == own & set(KNOWN)
