"""Counts and failures, read from the JUnit files that Check, Meson and pytest write."""
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Tuple

CHECK = "{http://check.sourceforge.net/ns}"
FAILURE_LINES = 25  # of one failure, on the screen; the log has the rest


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    failures: List[Tuple[str, str, str]] = field(default_factory=list)  # test, message, detail
    skips: Dict[str, int] = field(default_factory=dict)                 # reason: how many

    @property
    def total(self):
        return self.passed + self.failed + self.skipped

    def fail(self, name, message, detail=""):
        self.failed += 1
        self.failures.append((name, message, detail))

    def skip(self, reason):
        self.skipped += 1
        self.skips[reason] = self.skips.get(reason, 0) + 1

    def add(self, suite, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        for name, message, detail in other.failures:
            self.failures.append((f"{suite}: {name}", message, detail))
        for reason, count in other.skips.items():
            self.skips[f"{suite}: {reason}"] = count


def tail(log: Path, lines=FAILURE_LINES):
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def parse(path: Path):
    """The report's root; None when a program died while writing it, or never began."""
    try:
        return ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return None


def trouble_of(case):
    """The <failure> or <error> of a JUnit test case, or None. (An element without children is false.)"""
    failure = case.find("failure")
    return case.find("error") if failure is None else failure


def of_junit(path: Path, status: int) -> Result:
    """pytest's report. A status without a matching report (a crash, say) is a failure of its own."""
    result = Result()
    root = parse(path)
    if root is None:
        result.fail("pytest", f"ended with status {status} and no report", tail(path.with_suffix(".log")))
        return result
    for case in root.iter("testcase"):
        trouble, skipped = trouble_of(case), case.find("skipped")
        if trouble is not None:
            name = "::".join(filter(None, [case.get("classname"), case.get("name")]))
            result.fail(name, trouble.get("message") or "", trouble.text or "")
        elif skipped is not None:
            result.skip(skipped.get("message") or "no reason given")
        else:
            result.passed += 1
    if status not in (0, 1, 5) or (status == 1 and not result.failed):
        result.fail("pytest", f"ended with status {status}", tail(path.with_suffix(".log")))
    return result


def of_check(root, program: str, result: Result):
    """One Check program's cases; returns how many of them failed."""
    failed = 0
    for test in root.iter(f"{CHECK}test"):
        name = f"{program}: {test.findtext(f'{CHECK}id')}"
        if test.get("result") == "success":
            result.passed += 1
        else:
            failed += 1
            result.fail(name, test.findtext(f"{CHECK}message") or "")
    return failed


def of_meson(directory: Path, status: int) -> Result:
    """Meson knows programs; Check's own report (CK_XML_LOG_FILE_NAME) knows their cases."""
    result = Result()
    root = parse(directory / "meson-logs" / "testlog.junit.xml")
    if root is None:
        result.fail("meson test", f"ended with status {status} and no report")
        return result
    for case in root.iter("testcase"):
        program = case.get("name").rsplit(" / ", 1)[-1]  # "auth0db:unit / base", once there are several suites
        trouble, skipped = trouble_of(case), case.find("skipped")
        cases = parse(directory / "tests" / "unit" / f"test_{program}.xml")
        failed = of_check(cases, program, result) if cases is not None else 0
        if trouble is not None and not failed:
            output = case.findtext("system-err") or case.findtext("system-out") or ""
            result.fail(program, trouble.get("message") or "the program failed", output)
        elif skipped is not None:
            result.skip(skipped.get("message") or "skipped by the program")
        elif trouble is None and cases is None:
            result.passed += 1
    if status != 0 and not result.failed:
        result.fail("meson test", f"ended with status {status}")
    return result


def report(total: Result, logs: Path):
    for name, message, detail in total.failures:
        print(f"\nFAILED {name}\n  {message.strip().splitlines()[0] if message.strip() else ''}")
        for line in detail.strip().splitlines()[-FAILURE_LINES:]:
            print(f"    {line}")
    if total.failures:
        print(f"\nlogs: {logs}/")
    for reason, count in total.skips.items():
        print(f"\nskipped {reason}" + (f" ({count} times)" if count > 1 else ""), end="")
    if total.skips:
        print()
