"""Who may include whom: docs/architecture.md, as a table."""
import re

import pytest
from sources import ROOT, c_sources, found, text, without_comments

# A part sees itself and these.
ALLOWED = {
    "base": [],
    "crypto": ["base"],
    "http": ["base"],
    "model": ["base"],
    "auth0": ["base", "http", "crypto", "model"],
    "django": ["base", "crypto", "model"],
    "store": ["base", "model"],
    "migrate": ["base", "http", "crypto", "model", "auth0", "django", "store"],
    "sandbox": ["base", "crypto"],
    "cli": [],
}
# The sandbox judges the client, so it may not even see the client's contract.
SANDBOX_SEES = {"auth0db/sandbox.h", "auth0db/error.h", "auth0db/export.h", "auth0db/version.h"}
# A library's header stays in the parts that wrap the library. jansson: see base/json.h.
LIBRARIES = {
    "jansson.h": ["src/base/json.h", "src/cli/", "python/native/"],
    "curl/": ["src/http/"],
    "cjose/": ["src/crypto/"],
    "argon2.h": ["src/crypto/"],
    "crypt.h": ["src/crypto/"],
    "openssl/": ["src/base/", "src/crypto/", "src/sandbox/"],
    "microhttpd.h": ["src/sandbox/"],
    "sqlite3.h": ["src/store/", "src/sandbox/"],
    "libpq-fe.h": ["src/store/"],
    "mysql.h": ["src/store/"],
    "Python.h": ["python/native/"],
}


def includes(code):
    return re.findall(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', without_comments(code), re.M)


def violations(name, code):
    part = name.split("/")[1]
    for quote, header in includes(code):
        for library, homes in LIBRARIES.items():
            inside = header == library or (library.endswith("/") and header.startswith(library))
            if inside and not name.startswith(tuple(homes)):
                yield f"{name}: {header} belongs into {' '.join(homes)}"
        if quote == "<":
            continue
        if "/" not in header:
            if not (ROOT / name).parent.joinpath(header).exists() or name.startswith("src/") and part != "cli":
                yield f"{name}: {header} does not say which part it is of"
        elif header.startswith("auth0db/"):
            if part == "sandbox" and header not in SANDBOX_SEES:
                yield f"{name}: the sandbox must not see {header}"
        elif name.startswith("include/") or part == "native":
            yield f"{name}: {header} is not a public header"
        elif header.split("/")[0] not in [part, *ALLOWED[part]]:
            yield f"{name}: {part} must not include {header}"


def test_every_part_is_in_the_table():
    parts = {name.split("/")[1] for name in c_sources("src")}
    assert parts <= set(ALLOWED)
    assert {"base", "crypto", "auth0", "sandbox", "cli"} <= parts


def test_parts_include_only_what_lies_below_them():
    names = c_sources("src", "include")
    assert sum(len(includes(text(name))) for name in names) > 100
    assert [line for name in names for line in violations(name, text(name))] == []


def test_the_extension_sees_only_the_public_headers():
    names = c_sources("python/native")
    assert [line for name in names for line in violations(name, text(name))] == []
    assert any(header.startswith("auth0db/") for name in names for _, header in includes(text(name)))


def test_public_headers_show_no_third_party_type():
    for name in c_sources("include"):
        for quote, header in found(includes(text(name))) if name.endswith("auth0db.h") else includes(text(name)):
            assert header.startswith("auth0db/") or header in {
                "stdbool.h", "stddef.h", "stdint.h", "stdarg.h", "time.h"}, f"{name}: {header}"


@pytest.mark.parametrize("name, line", [
    ("src/base/x.c", '#include "http/http.h"'),
    ("src/auth0/x.c", '#include "django/hasher.h"'),
    ("src/django/x.c", '#  include "auth0/token.h"'),
    ("src/store/x.c", '#include "auth0/token.h"'),
    ("src/sandbox/x.c", '#include "django/hasher.h"'),
    ("src/sandbox/x.c", '#include "model/user.h"'),
    ("src/sandbox/x.c", '#include "auth0db/client.h"'),
    ("src/cli/x.c", '#include "base/json.h"'),
    ("python/native/x.c", '#include "base/json.h"'),
    ("src/auth0/x.c", "#include <jansson.h>"),
    ("src/auth0/x.c", "#include <curl/curl.h>"),
    ("src/auth0/x.c", '#include "token.h"'),
])
def test_the_guard_sees_a_forbidden_include(name, line):
    assert list(violations(name, "/* x */\n" + line + "\n"))
