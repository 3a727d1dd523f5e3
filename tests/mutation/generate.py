#!/usr/bin/env python3
"""Every refusal and comparison of a file, changed one by one: does a test fail?

    make mutants                          the files of the table below
    make mutants FILE=src/crypto/jws.c    one of them

A new refusal without a test shows here. Who lives is printed, and is a fault unless tests/mutation/survivors.txt has the line
with the reason why no test can see it. Not part of make test: it takes minutes a file.
"""
import ast
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from mutants import BUILD, FLAGS, LIBRARIES, ROOT, app, app_tests, objects

LIMIT = 120  # seconds: a mutant that hangs is dead
SUPPORT = ("support/script.c", "support/tenant.c", "support/tls_server.c")
LOGINS = ("login", "around", "refusals", "in_step", "bad_input", "outage")
# Which tests must see a change, those that are quick first
TESTS = {
    "src/auth0/classify.c": ["classify"],
    "src/auth0/keys.c": ["client", "client_trouble"],
    "src/auth0/token.c": ["client_users", "client_trouble"],
    "src/crypto/jws.c": ["jws"],
    "src/http/transport.c": ["transport", "client", "client_trouble"],
    "python/auth0db/client_ip.py": ["client_ip"],
    "python/auth0db/backends.py": LOGINS,
    "python/auth0db/answers.py": LOGINS,
}
SURVIVORS = ROOT / "tests/mutation/survivors.txt"


# --- what a C file may be changed to --------------------------------------------------------------


def blanked(text):
    """The text with comments, strings and preprocessor lines as blanks, so that places agree."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^#(?:\\\n|[^\n])*'
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S | re.M)


def closing(text, at):
    """Where the bracket opened at `at` is closed."""
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] in "([{") - (text[i] in ")]}")
        if depth == 0:
            return i
    raise ValueError("a bracket is never closed")


def operand(text, at, step):
    """How far the operand reaches that begins (step 1) or ends (step -1) at `at`."""
    depth = 0
    opening, ending = ("([{", ")]}") if step > 0 else (")]}", "([{")
    while 0 <= at < len(text):
        two = text[at:at + 2] if step > 0 else text[at - 1:at + 1]
        depth += (text[at] in opening) - (text[at] in ending)
        if depth < 0 or (depth == 0 and (text[at] in ";,?:" or two in ("&&", "||"))):
            break
        if depth == 0 and text[at] == "=" and text[at - 1] not in "=!<>" and text[at + 1] != "=":
            break
        if depth == 0 and step < 0 and re.match(r"return\b", text[max(at - 5, 0):at + 2]):
            break
        at += step
    return at


def conditions(text):
    for found in re.finditer(r"\bif \(", text):
        end = closing(text, found.end() - 1)
        yield found.end(), found.end(), "0 && (", end, end, ")"
        yield found.end(), found.end(), "1 || (", end, end, ")"


def operands(text):
    for found in re.finditer(r"&&|\|\|", text):
        left = operand(text, found.start() - 1, -1) + 1
        right = operand(text, found.end(), 1)
        left += len(text[left:]) - len(text[left:].lstrip())
        yield left, found.end() + 1, ""
        yield found.start() - 1, right, ""


def comparisons(text):
    other = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}  # == and != are all of a condition or of an operand
    loops = [(m.start(), closing(text, m.end() - 1)) for m in re.finditer(r"\bfor \(", text)]
    for found in re.finditer(r"(?<= )(<=|>=|<|>)(?= )", text):
        if not any(begin < found.start() < end for begin, end in loops):
            yield found.start(), found.end(), other[found.group()]


def statements(text):
    """Options of a library that are not set, and rows of tables that are not there."""
    for found in re.finditer(r"\bcurl_easy_setopt\(", text):
        yield found.start(), closing(text, found.end() - 1) + 1, "(void)0"
    for table in re.finditer(r"\] = \{\n", text):
        for row in re.finditer(r"\n    (\{)", text[table.end() - 1:closing(text, table.end() - 2)]):
            begin = table.end() - 1 + row.start(1)
            yield begin, closing(text, begin) + 2, ""


def changes_of_c(text):
    """(line, what it was, what it is, the whole changed text)"""
    code = blanked(text)
    for kind in (conditions, operands, comparisons, statements):
        for change in kind(code):
            changed = text
            for begin, end, new in sorted((change[i:i + 3] for i in range(0, len(change), 3)), reverse=True):
                changed = changed[:begin] + new + changed[end:]
            begin = change[0]
            line = text.count("\n", 0, begin)
            yield line + 1, text.split("\n")[line].strip(), changed.split("\n")[line].strip(), changed


# --- what a Python file may be changed to ---------------------------------------------------------


class Change(ast.NodeTransformer):
    """Makes the change of this number; counts them all."""

    COMPARED = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
                ast.NotIn: ast.In, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}

    def __init__(self, number):
        self.number, self.counted, self.line = number, 0, 0

    def one_of(self, node, *others):
        for other in others:
            if self.counted == self.number:
                self.line = node.lineno
                self.counted += 1
                return other
            self.counted += 1
        return node

    def visit(self, node):
        node = self.generic_visit(node)
        if isinstance(node, (ast.If, ast.IfExp)):
            test = self.one_of(node.test, ast.Constant(True), ast.Constant(False))
            node.test = ast.copy_location(test, node.test)
        elif isinstance(node, ast.BoolOp):
            rest = [ast.BoolOp(node.op, node.values[:i] + node.values[i + 1:]) if len(node.values) > 2
                    else node.values[1 - i] for i in range(len(node.values))]
            return ast.copy_location(self.one_of(node, *rest), node)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            other = ast.Compare(node.left, [self.COMPARED[type(node.ops[0])]()], node.comparators)
            return ast.copy_location(self.one_of(node, other), node)
        elif isinstance(node, ast.Raise):
            return ast.copy_location(self.one_of(node, ast.Pass()), node)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ast.copy_location(self.one_of(node, node.operand), node)
        return node


def changes_of_python(text):
    plain = ast.unparse(ast.parse(text)).split("\n")
    number = 0
    while True:
        change = Change(number)
        changed = ast.unparse(ast.fix_missing_locations(change.visit(ast.parse(text))))
        if not change.line:
            return
        now = next((new for old, new in zip(plain, changed.split("\n")) if old != new), "")
        yield change.line, text.split("\n")[change.line - 1].strip(), now.strip(), changed
        number += 1


# --- is it seen? ----------------------------------------------------------------------------------


def silent(command, **kwargs):
    """The exit status; None: it was stopped."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT,
                              **kwargs).returncode
    except subprocess.TimeoutExpired:
        return None


class C:
    def __init__(self, folder, path):
        self.folder, self.path = folder, path
        support = objects(folder, *SUPPORT)
        self.suites = [[*objects(folder, f"unit/test_{name}.c"), *support] for name in TESTS[path]]
        self.libraries = subprocess.run(["pkg-config", "--libs", *LIBRARIES], check=True, capture_output=True,
                                        text=True).stdout.split()
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("CK_")}

    def changes(self):
        return changes_of_c((ROOT / self.path).read_text())

    def lives(self, changed):
        source, made = self.folder / Path(self.path).name, self.folder / "changed.o"
        source.write_text(changed)
        if silent(["cc", *FLAGS, "-c", "-o", made, source]) != 0:
            return None
        return all(self.passes(suite, made) for suite in self.suites)

    def passes(self, suite, made):
        program = self.folder / "program"
        subprocess.run(["cc", "-o", program, *suite, made, BUILD / "libauth0db.a", *self.libraries, "-pthread",
                        "-lgnutls", "-ldl"], check=True)
        return silent([program], env=self.environ) == 0


class Python:
    def __init__(self, folder, path):
        self.path = path
        self.package, self.environ = app(folder)
        self.tests = [f"tests/django/test_{name}.py" for name in TESTS[path]]

    def changes(self):
        return changes_of_python((ROOT / self.path).read_text())

    def lives(self, changed):
        (self.package / Path(self.path).name).write_text(changed)
        try:
            return app_tests(self.environ, *self.tests, timeout=LIMIT * len(self.tests)).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def explained():
    """file: what it was => what it is: why"""
    lines = SURVIVORS.read_text().split("\n") if SURVIVORS.exists() else []
    return {line.rpartition(" ## ")[0] for line in lines if " ## " in line}


def judge(path, known):
    """How many live that nobody has explained."""
    unexplained = tried = 0
    with tempfile.TemporaryDirectory() as folder:
        tests = (C if path.endswith(".c") else Python)(Path(folder), path)
        unchanged = (ROOT / path).read_text()
        if not tests.lives(unchanged if path.endswith(".c") else ast.unparse(ast.parse(unchanged))):
            sys.exit(f"{path}: its tests fail without any change, or take longer than {LIMIT} s each")
        for line, was, now, changed in tests.changes():
            lives = tests.lives(changed)
            tried += lives is not None
            if lives:
                name = f"{path}: {was} => {now}"
                unexplained += name not in known
                print(f"{'explained' if name in known else 'LIVES'} {line} {name}", flush=True)
    print(f"{path}: {tried} changes, {unexplained} live without an explanation", flush=True)
    return unexplained


if __name__ == "__main__":
    known = explained()
    sys.exit(1 if sum([judge(path, known) for path in sys.argv[1:] or TESTS]) else 0)
