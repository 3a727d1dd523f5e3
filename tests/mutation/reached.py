"""A plugin of pytest for generate.py. Which tests come to which line of a file, and how long each takes; and, of a changed file,
only those that come to the changed line, the quick ones first."""
import ast
import json
import os
import signal
import time

KNOWN, LINE = os.environ.get("REACHED_KNOWN"), os.environ.get("REACHED_LINE")
learned, lines = {}, set()
allowed = {}


def telling(text):
    """The same file, which says where it comes to."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            found = getattr(node, name, None)
            if isinstance(found, list) and not isinstance(node, ast.Module):
                marks = [ast.parse(f"reached_lines.add({statement.lineno})").body[0] for statement in found]
                setattr(node, name, [each for pair in zip(marks, found) for each in pair])
    head = "try:\n    from reached import lines as reached_lines\nexcept ImportError:\n    reached_lines = set()\n"
    return head + ast.unparse(ast.fix_missing_locations(tree))


def pytest_collection_modifyitems(items):
    if LINE is not None:
        with open(KNOWN) as known:
            told = json.load(known)
        items[:] = sorted((item for item in items if int(LINE) in told[item.nodeid]["lines"]),
                          key=lambda item: told[item.nodeid]["seconds"])
        allowed.update({item.nodeid: 10 + 5 * told[item.nodeid]["seconds"] for item in items})


def pytest_runtest_logstart(nodeid):
    lines.clear()
    learned[nodeid] = {"begin": time.monotonic()}
    if LINE is not None:  # a test that hangs ends the run, wherever it hangs
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, allowed[nodeid])


def pytest_runtest_logfinish(nodeid):
    signal.setitimer(signal.ITIMER_REAL, 0)
    learned[nodeid] = {"seconds": time.monotonic() - learned[nodeid]["begin"], "lines": sorted(lines)}


def pytest_sessionfinish():
    if KNOWN is not None and not os.path.exists(KNOWN):
        with open(KNOWN, "w") as told:
            json.dump(learned, told)
