"""Short functions, few parameters, small files."""
import re

from sources import c_sources, functions, text, tracked, without_comments

FUNCTION_LINES = 80
FILE_LINES = 800
PARAMETERS = 6  # and err, which always comes last
MEDIAN = 20  # of our own code; tests may be longer


def test_no_function_is_longer_than_a_screen():
    sizes = [(length, f"{name}:{line} {function}") for name in c_sources() if name.endswith(".c")
             for function, line, length in functions(text(name))]
    assert len(sizes) > 100
    assert [where for length, where in sizes if length > FUNCTION_LINES] == []


def test_most_functions_are_short():
    sizes = sorted(length for name in c_sources("src") for _, _, length in functions(text(name)))
    assert sizes[len(sizes) // 2] <= MEDIAN


def test_no_file_is_too_long():
    sizes = {name: text(name).count("\n") for name in tracked(".c", ".h", ".py", ".sh", ".mjs", ".js")}
    assert {name: n for name, n in sizes.items() if n > FILE_LINES} == {}


def test_no_public_function_takes_too_many_parameters():
    seen, bad = 0, []
    for name in c_sources("include"):
        code = without_comments(text(name))
        for match in re.finditer(r"AUTH0DB_API[^;]*?\b(auth0db_\w+)\(([^;]*)\)[^;()]*(?:\([^)]*\))?;", code):
            seen += 1
            parameters = [p for p in match.group(2).split(",") if "auth0db_error *err" not in p]
            if len(parameters) > PARAMETERS:
                bad.append(match.group(1))
    assert seen > 10
    assert bad == []


def test_the_guard_measures_functions():
    code = "static int\nf(int a,\n  int b)\n{\n    if (a)\n        return b;\n}\n\nint x[] =\n{\n 1\n};\n"
    assert list(functions(code)) == [("f", 1, 7)]
    assert list(functions("START_TEST(it_works)\n{\n}\nEND_TEST\n")) == [("it_works", 1, 3)]
