"""A plugin of pytest for generate.py: the tests of a file of the app, over many changed texts of it, in one process that forks.

Django, the tenant and the database are started once. The first child runs all tests over a text that says where it comes to, and
each further one, over a changed text, only those that come to the changed line, the quick ones first.
"""
import ast
import importlib
import json
import os
import signal
import sys
import time

from _pytest.runner import runtestprotocol

lines = set()  # of the file, that the present test has come to
SLOWEST = 600


def telling(name, text):
    """The same file, which says where it comes to."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for part in ("body", "orelse", "finalbody"):
            found = getattr(node, part, None)
            if isinstance(found, list) and not isinstance(node, ast.Module):
                marks = [ast.parse(f"reached_lines.add(('{name}', {statement.lineno}))").body[0] for statement in found]
                setattr(node, part, [each for pair in zip(marks, found) for each in pair])
    return "from reached import lines as reached_lines\n" + ast.unparse(ast.fix_missing_locations(tree))


def put(name, text):
    """The module as it would be with this text, for whoever has taken a class or a function of it already."""
    module = importlib.import_module(name)
    before = dict(vars(module))
    exec(compile(text, module.__file__, "exec"), vars(module))
    for word, old in before.items():
        new = vars(module)[word]
        if new is old or getattr(old, "__module__", None) != name:
            continue
        for each in list(sys.modules.values()):
            for known, value in list(getattr(each, "__dict__", {}).items()):
                if value is old:
                    setattr(each, known, new)
        for heir in old.__subclasses__() if isinstance(old, type) else ():
            heir.__bases__ = tuple(new if base is old else base for base in heir.__bases__)


def run(items, seconds, told):
    """In a child: do they pass? A test that hangs ends it, and where it is known how long each takes, so does one that fails."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for item in items:
        lines.clear()
        signal.setitimer(signal.ITIMER_REAL, seconds.get(item.nodeid, SLOWEST))
        begin = time.monotonic()
        # "next" is never none: what all share (the tenant) is the parent's, and must not be ended here
        reports = runtestprotocol(item, log=False, nextitem=items[(items.index(item) + 1) % len(items)])
        failed = any(report.failed for report in reports)
        if failed and seconds:
            return 1
        print(json.dumps([item.nodeid, time.monotonic() - begin, [] if failed else sorted(lines)]), file=told, flush=True)
    return 0


def passes(texts, items, seconds, told):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setpgid(0, 0)
            for name, text in texts.items():
                put(name, text)
            with open(told, "w") as file:
                status = run(items, seconds, file)
        finally:
            os._exit(status)
    good = os.waitpid(child, 0)[1] == 0
    try:
        os.killpg(child, signal.SIGKILL)  # what a test has left behind
    except ProcessLookupError:
        pass
    return good


def pytest_collection_modifyitems(items):
    """With REACHED_FEW, one of the cases of each test: for a first look."""
    if os.environ.get("REACHED_FEW"):
        items[:] = {getattr(item, "originalname", item.name): item for item in reversed(items)}.values()


def pytest_runtestloop(session):
    from django.db import connections
    work = os.environ["REACHED_WORK"]
    told, verdicts = os.path.join(work, "told"), os.path.join(work, "verdicts")
    with open(os.path.join(work, "changes.json")) as file:
        plain, changes = json.load(file)
    connections.close_all()  # a connection is one process's
    with open(verdicts, "w") as answers:
        if not passes({name: telling(name, text) for name, text in plain.items()}, session.items, {}, told):
            return True
        known = {nodeid: (seconds, come) for nodeid, seconds, come in map(json.loads, open(told))}
        allowed = {nodeid: 5 + 5 * seconds for nodeid, (seconds, _) in known.items()}
        for name, line, text in changes:
            # one that fails without any change (where the machine is busy, say) comes to nothing, and sees nothing
            seen = [item for item in session.items if [name, line] in known[item.nodeid][1]]
            seen.sort(key=lambda item: known[item.nodeid][0])
            print(json.dumps(passes({name: text}, seen, allowed, told)), file=answers, flush=True)
    return True
