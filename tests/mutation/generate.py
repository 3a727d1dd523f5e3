#!/usr/bin/env python3
"""Every refusal and comparison of a file, changed one by one: does a test fail?

    make mutants                          the files of the table below
    make mutants FILE=src/crypto/jws.c    one of them
    make mutants FILE=src/crypto/jws.c:200-268    these lines of it

A new refusal without a test shows here. Who lives is printed, and is a fault unless tests/mutation/survivors.txt has the line
with the reason why no test can see it. Not part of make test: it takes minutes a file.
"""
import ast
import ctypes
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from mutants import BUILD, FLAGS, LIBRARIES, ROOT, app, objects

LIMIT = 600  # seconds a suite may take; a mutant gets a few times what the unchanged file took, and hangs after that
LINKER = ["-fuse-ld=gold"] if shutil.which("ld.gold") else []  # most of a mutant's time is the linker's
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
prctl = ctypes.CDLL(None).prctl
SUPPORT = ("support/script.c", "support/tenant.c", "support/tls_server.c")
LOGINS = ("login", "around", "refusals", "in_step", "bad_input", "outage", "site_rules", "whose_name", "concurrency", "kept", "sync")
# Which tests must see a change, those that are quick first
TESTS = {
    "src/auth0/classify.c": ["classify"],
    "src/auth0/keys.c": ["client", "client_trouble", "waiting"],
    "src/auth0/code.c": ["code"],
    "src/auth0/token.c": ["token", "apps", "client_users", "calls", "client_trouble", "waiting"],
    "src/crypto/jws.c": ["jws"],
    "src/login/identity.c": ["identity_paths"],
    "src/http/sigpipe.c": ["transport"],
    "src/http/transport.c": ["transport", "client", "client_trouble"],
    **{f"src/login/{name}.c": ["login_paths", "push_paths", "login_names", "login_start", "outcome", "digests"]
       for name in ("steps", "linked", "unlinked", "push")},
    **{f"src/{name}.c": ["login_start", "login_run", "login_names", "outcome", "digests", "push_paths", "login_paths"]
       for name in ("login/login", "login/run", "login/whose", "link/ids", "link/words")},
    **{f"src/{name}.c": ["digests", "outcome", "push_paths", "login_paths"]
       for name in ("login/digests", "link/outcomes")},
    "python/auth0db/client_ip.py": ["client_ip"],
    "python/auth0db/backends.py": LOGINS,
    "python/auth0db/answers.py": ("answers", "stale", "deleted", "hashes", *LOGINS),
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


def limits(seconds):
    """In the child: it dies with us, and whatever it starts ends after so much processor time, should we be killed."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def end_the_rest():
    """Ends what a program has left behind: it becomes a child of ours (see main), in whichever process group it is."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                    os.kill(int(stat.parent.name), signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.01)


def passes(command, seconds, of_processor, **kwargs):
    """Does it end in time, and well? It is ended where it says that a test has failed ("not ok"), and with all it started."""
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0,
                               preexec_fn=lambda: limits(of_processor), **kwargs)
    late = threading.Timer(seconds, os.killpg, (program.pid, signal.SIGKILL))
    late.start()
    try:
        failed = any(line.startswith(b"not ok") for line in program.stdout)
        return not failed and program.wait() == 0
    finally:
        late.cancel()
        late.join()
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()
        end_the_rest()


class Clocked:
    """How long each suite may take: known from the unchanged file, which comes first. Who loops is known by the processor's
    time, which other work on the machine does not stretch, and who waits by the clock."""

    def __init__(self):
        self.allowed = {}

    def passes(self, name, command, **kwargs):
        begin, used = time.monotonic(), processor()
        good = passes(command, *self.allowed.get(name, (LIMIT, LIMIT)), **kwargs)
        if name not in self.allowed and not good:
            sys.exit(f"{name} fails without any change, or takes longer than {LIMIT} s")
        self.allowed.setdefault(name, (min(LIMIT, 20 + 5 * (time.monotonic() - begin)), 2 + int(3 * (processor() - used))))
        return good


def processor():
    """Seconds of it, of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def library(folder):
    """A copy of ours: somebody may build while we are at it, and what meson makes is a list of files."""
    ours, copy = BUILD / "libauth0db.a", folder / "libauth0db.a"
    if ours.read_bytes().startswith(b"!<thin>"):
        members = subprocess.run(["ar", "t", ours], check=True, capture_output=True, text=True, cwd=BUILD).stdout.split()
        subprocess.run(["ar", "qcs", copy, *members], check=True, cwd=BUILD)
    else:
        shutil.copy(ours, copy)
    return copy


class C(Clocked):
    def __init__(self, folder, path):
        super().__init__()
        self.folder, self.path = folder, path
        support = objects(folder, *SUPPORT)
        self.archive = library(folder)
        self.suites = {name: [*objects(folder, f"unit/test_{name}.c"), *support] for name in TESTS[path]}
        self.libraries = subprocess.run(["pkg-config", "--libs", *LIBRARIES], check=True, capture_output=True,
                                        text=True).stdout.split()
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("CK_")}
        # In one process: a crash is a failure all the same, and what the cases share (a key) is made once
        self.environ.update(CK_FORK="no", CK_TAP_LOG_FILE_NAME="-", CK_VERBOSITY="silent")

    def verdicts(self, wanted):
        unchanged = (ROOT / self.path).read_text()
        if not self.lives(unchanged):
            sys.exit(f"{self.path}: does not compile")
        for line, was, now, changed in changes_of_c(unchanged):
            if wanted(line):
                yield line, was, now, self.lives(changed)

    def lives(self, changed):
        source, made = self.folder / Path(self.path).name, self.folder / "changed.o"
        source.write_text(changed)
        if subprocess.run(["cc", *FLAGS, "-c", "-o", made, source], stderr=subprocess.DEVNULL).returncode != 0:
            return None
        return all(self.passes(name, self.program(suite, made), env=self.environ) for name, suite in self.suites.items())

    def program(self, suite, made):
        program = self.folder / "program"
        subprocess.run(["cc", *LINKER, "-o", program, *suite, made, self.archive, *self.libraries, "-pthread",
                        "-lgnutls", "-ldl"], check=True)
        return ["stdbuf", "-oL", program]


class Python:
    """All changes go to one process, which starts what the tests stand on once, and runs of them those that come to the
    changed line (reached.py)."""

    def __init__(self, folder, path):
        self.folder, self.path = folder, path
        _, self.environ = app(folder)
        self.environ.update(REACHED_WORK=str(folder),
                            PYTHONPATH=os.pathsep.join([self.environ["PYTHONPATH"], str(ROOT / "tests/mutation")]))

    def verdicts(self, wanted):
        text = (ROOT / self.path).read_text()
        plain = ast.unparse(ast.parse(text))
        changes = [change for change in changes_of_python(text) if wanted(change[0])]
        where = [next(i for i, (old, new) in enumerate(zip(plain.split("\n"), changed.split("\n")), 1) if old != new)
                 for *_, changed in changes]
        name = self.path.removeprefix("python/").removesuffix(".py").replace("/", ".")
        (self.folder / "changes.json").write_text(json.dumps([{name: plain}, [(name, line, change[3]) for line, change in zip(where, changes)]]))
        (self.folder / "verdicts").touch()
        tests = [f"tests/django/test_{each}.py" for each in TESTS[self.path]]
        program = subprocess.Popen([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "reached", "-q", *tests],
                                   cwd=ROOT, env=self.environ, stdout=subprocess.DEVNULL, preexec_fn=lambda: limits(36000))
        with (self.folder / "verdicts").open() as verdicts:
            for line, was, now, _ in changes:
                while not (said := verdicts.readline()) and program.poll() is None:
                    time.sleep(0.2)
                if not said:
                    sys.exit(f"{self.path}: the tests have ended before the changes")
                yield line, was, now, json.loads(said)
        program.wait()
        end_the_rest()


def explained():
    """file: what it was => what it is: why"""
    lines = SURVIVORS.read_text().split("\n") if SURVIVORS.exists() else []
    return {line.rpartition(" ## ")[0] for line in lines if " ## " in line}


def judge(what, known):
    """How many live that nobody has explained."""
    unexplained = tried = 0
    path, _, lines = what.partition(":")
    first, _, last = lines.partition("-")
    with tempfile.TemporaryDirectory() as folder:
        tests = (C if path.endswith(".c") else Python)(Path(folder), path)
        for line, was, now, lives in tests.verdicts(
                lambda line: int(first or 0) <= line <= int(last or first or sys.maxsize)):
            tried += lives is not None
            if lives:
                name = f"{path}: {was} => {now}"
                unexplained += name not in known
                print(f"{'explained' if name in known else 'LIVES'} {line} {name}", flush=True)
    print(f"{path}: {tried} changes, {unexplained} live without an explanation", flush=True)
    return unexplained


if __name__ == "__main__":
    prctl(PR_SET_CHILD_SUBREAPER, 1)  # what a test leaves behind becomes ours, so that it can be ended
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    known = explained()
    sys.exit(1 if sum([judge(path, known) for path in sys.argv[1:] or TESTS]) else 0)
