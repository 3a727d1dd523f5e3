"""docs/sandbox.md says what is there: its control calls are made, its tables compared. (tests/docs runs the whole page.)"""
import re
import shlex

import pytest
from sandbox import ROOT

MANUAL = (ROOT / "docs" / "sandbox.md").read_text()


def examples():
    """The curl calls of the manual, in order: (method, path, body)."""
    for block in re.findall(r"```sh\n(.*?)```", MANUAL, re.S):
        for call in re.findall(r"^curl (.*?)$(?=\n(?:#|curl|\{|\Z)|\Z)", block.strip().replace("\\\n", " "), re.M | re.S):
            words = iter(shlex.split(call.replace("\n", " "), comments=True))
            method, path, body = None, None, None
            for word in words:
                if word == "-X":
                    method = next(words)
                elif word == "-d":
                    body = next(words).encode()
                elif word == "-H":
                    assert next(words) == "Content-Type: application/json"
                else:
                    path = word[2:] if word.startswith("$T/sandbox") else None
            if path:
                yield method or ("POST" if body else "GET"), path, body


def test_every_example_works(tenant):
    tenant.create(user_id="abc")  # which brings the outbox its first mail
    seen = list(examples())
    assert len(seen) >= 18
    for method, path, body in seen:
        status, _, answer = tenant.ask(method, path, body)
        assert 200 <= status < 300, (method, path, answer)


def test_every_control_call_has_an_example():
    router = (ROOT / "src" / "sandbox" / "router.c").read_text()
    there = set(re.findall(r'\{"(\w+)", "(/sandbox[^"]*)"', router))
    assert len(there) > 12
    shown = {(method, re.sub(r"/(users|outbox)/.*", r"/\1/{id}", re.sub(
        "documents/.*", "documents/{kind}/{id}", path.partition("?")[0]))) for method, path, _ in examples()}
    assert shown == there


def test_every_option_is_listed(tenant):
    table = MANUAL[MANUAL.index("| option | default |"):MANUAL.index("### Users")]
    listed = {name for row in table.splitlines() if "|" in row for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert listed == set(tenant.control("GET", "/options"))


@pytest.mark.parametrize("kind", ["empty", "html", "huge", "malformed"])
def test_every_kind_of_fault_is_listed(tenant, kind):
    assert f"`{kind}`" in MANUAL
    assert tenant.control("POST", "/faults", {"kind": kind, "count": 1})["id"]
