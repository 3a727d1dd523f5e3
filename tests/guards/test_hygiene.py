"""Nothing of the machine it was written on, nothing generated, no debris."""
import re

from sources import ROOT, found, text, tracked

BINARY = (".png", ".ico", ".mo", ".gz", ".sqlite3")
# Written apart, so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.-])/" + r"(?:work|tmp/bash_jobs|home/\w+|root)/")
REGISTRY = re.compile(r"\b(?:%s)\b" % "|".join(
    re.escape(".".join(parts)) for parts in [
        ("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"), ("deb", "debian", "org"), ("proxy", "golang", "org")]))
# Fuzz inputs are bytes on purpose.
RAW = ("fuzz/corpus/", "tests/vectors/", "tests/contract/")


def texts():
    for name in tracked():
        if not name.endswith(BINARY) and not name.startswith(RAW):
            yield name, text(name)


def test_no_path_of_a_machine():
    assert [name for name, body in texts() if MACHINE.search(body)] == []


def test_no_registry_host():
    assert [name for name, body in texts() if REGISTRY.search(body)] == []


def test_no_large_file():
    assert [name for name in tracked() if (ROOT / name).stat().st_size > 4_000_000] == []


def test_text_is_tidy():
    bad = []
    for name, body in found(texts()):
        if body and not body.endswith("\n"):
            bad.append(f"{name}: no newline at the end")
        if "\r" in body or re.search(r"[ \t]+$", body, re.M):
            bad.append(f"{name}: white space at the end of a line")
        if name != "Makefile" and not name.endswith((".json", ".1")) and "\t" in body:
            bad.append(f"{name}: a tab")
    assert bad == []


def test_no_left_over_marks():
    mark = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b|^(?:<{7}|>{7}) ", re.M)
    assert [name for name, body in texts() if mark.search(body)] == []


def test_the_patterns_match_what_they_are_for():
    assert MACHINE.search("see /" + "work/x") and MACHINE.search("=/" + "home/me/x")
    assert not MACHINE.search("net/worker/") and not MACHINE.search("src/" + "work/")
    assert REGISTRY.search("https://pypi" + ".org/simple")
