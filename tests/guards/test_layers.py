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
    "link": ["base", "crypto", "model"],
    "login": ["base", "http", "crypto", "model", "auth0", "django", "store", "link"],
    "bulk": ["base", "http", "crypto", "model", "auth0", "django", "store", "link"],
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


def of_another_room(name, header):
    """What is inside a room (x_int.h) is for the files of its folder, and of the folders in it."""
    return header.endswith("_int.h") and not name.startswith(f"src/{header.rsplit('/', 1)[0]}/")


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
        elif of_another_room(name, header):
            yield f"{name}: {header} is for its own room"


def pair(name):
    """x.h, x_int.h and x.c are one."""
    return re.sub(r"(_int)?\.[ch]$", "", name)


def circles(sources):
    """The sets of pairs that include each other, of a {path: code}; each set of more than one."""
    sees = {}
    for name, code in sources.items():
        of = sees.setdefault(pair(name), set())
        for quote, header in includes(code):
            if quote == '"':
                of |= {pair(home + header) for home in ("src/", "include/") if home + header in sources}
    reach = {}
    for start in sees:
        todo, reached = [start], set()
        while todo:
            for following in sees.get(todo.pop(), set()) - reached:
                reached.add(following)
                todo.append(following)
        reach[start] = reached
    rings = {frozenset(b for b in sees if b in reach[a] and a in reach[b]) | {a} for a in sees}
    return sorted(sorted(ring) for ring in rings if len(ring) > 1)


def test_every_part_is_in_the_table():
    parts = {name.split("/")[1] for name in c_sources("src")}
    assert parts <= set(ALLOWED)
    assert {"base", "crypto", "auth0", "sandbox", "cli"} <= parts


def test_parts_include_only_what_lies_below_them():
    names = c_sources("src", "include")
    assert sum(len(includes(text(name))) for name in names) > 100
    assert [line for name in names for line in violations(name, text(name))] == []


def test_no_more_than_two_pairs_of_files_need_each_other():
    rings = circles({name: text(name) for name in c_sources("src", "include")})
    assert [ring for ring in rings if len(ring) > 2] == []


def test_the_guard_sees_a_circle():
    ring = {"src/a/x.h": '#include "a/y.h"', "src/a/y_int.h": "", "src/a/y.h": "", "src/a/y.c": '#include "b/z.h"',
            "src/b/z.h": "", "src/b/z.c": '#include "a/x.h"'}
    assert circles(ring) == [["src/a/x", "src/a/y", "src/b/z"]]
    assert circles({**ring, "src/b/z.c": ""}) == []


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
    ("src/login/x.c", '#include "bulk/users.h"'),
    ("src/bulk/x.c", '#include "login/login_int.h"'),
    ("src/bulk/report/x.c", '#include "bulk/import/import_int.h"'),
    ("src/bulk/x.c", '#include "store/store_int.h"'),
])
def test_the_guard_sees_a_forbidden_include(name, line):
    assert list(violations(name, "/* x */\n" + line + "\n"))
