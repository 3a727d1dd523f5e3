"""What the built files show to the world."""
import re
import subprocess

import pytest
from sources import BUILD, ROOT, c_sources, found, text, without_comments


def exported(path):
    listing = subprocess.run(["nm", "-D", "--defined-only", str(path)], capture_output=True, text=True,
                             check=True).stdout
    return found(line.split()[2].split("@")[0] for line in listing.splitlines() if line.split()[1] in "TDBRV")


def declared():
    for name in c_sources("include"):
        for statement in re.findall(r"AUTH0DB_API\b([^;{]*)", without_comments(text(name))):
            name = re.search(r"\b(auth0db_\w+)\s*\(", statement) or re.search(r"\b(auth0db_\w+)\s*(?:\[|$)", statement)
            if name:
                yield name.group(1)


def test_the_library_exports_its_headers_and_nothing_else():
    library = found(BUILD.glob("libauth0db.so.0"))[0]
    assert set(exported(library)) == set(found(declared()))


def test_the_extension_exports_its_entry_alone():
    extension = BUILD / "python" / "_native.abi3.so"
    assert extension.exists()
    # -fsanitize adds its own marks; the plain build has none.
    assert [name for name in exported(extension) if not name.startswith("__")] == ["PyInit__native"]


def test_the_extension_uses_the_stable_abi():
    """Only names of the limited API may be asked of Python; the private ones start with _Py."""
    listing = subprocess.run(["nm", "-D", "--undefined-only", str(BUILD / "python" / "_native.abi3.so")],
                             capture_output=True, text=True, check=True).stdout
    wanted = [line.split()[-1] for line in listing.splitlines() if re.search(r" _?Py", line)]
    assert len(wanted) > 10
    # The limited API's own macros reach these (..._SizeT is what PY_SSIZE_T_CLEAN makes of a name).
    assert [name for name in wanted if name.startswith("_Py") and not name.endswith("_SizeT")
            and name not in ("_Py_NoneStruct", "_Py_TrueStruct", "_Py_FalseStruct", "_Py_Dealloc",
                             "_Py_IncRef", "_Py_DecRef")] == []


def test_the_version_is_one():
    version = re.search(r"version: '([\d.]+)'", text("meson.build")).group(1)
    assert re.search(r'^version = "%s"$' % re.escape(version), text("pyproject.toml"), re.M)
    assert f"## {version}" in text("CHANGELOG.md")
    said = subprocess.run([BUILD / "auth0db", "--version"], capture_output=True, text=True).stdout
    assert said == f"auth0db {version}\n"
    assert (ROOT / "docs/man/auth0db.1").read_text().count(version) >= 1


@pytest.mark.parametrize("name", ["auth0db", "libauth0db.so.0", "python/_native.abi3.so"])
def test_what_is_resolved_at_the_start_cannot_be_written_to_later(name):
    """Full RELRO: the tables of addresses are read-only before the first byte from outside comes in."""
    told = subprocess.run(["readelf", "--wide", "--dynamic", "--segments", str(BUILD / name)], capture_output=True,
                          text=True, check=True).stdout
    assert "GNU_RELRO" in told
    assert re.search(r"\(BIND_NOW\)|\(FLAGS(?:_1)?\).*\b(?:BIND_)?NOW\b", told)
