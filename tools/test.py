#!/usr/bin/env python3
"""make test: builds, runs every suite, prints one table and one closing line.

    tools/test.py              every suite
    tools/test.py c django52   these
    tools/test.py quick        a little of every part, in a minute and a half
    tools/test.py list         their names

Two suites run at a time, since most of one is waiting; one that measures runs alone (Suite.alone).
AUTH0DB_TEST_JOBS=1 runs them one by one.

A suite that cannot run here (PyPI or npm out of reach) is skipped, with the reason, and counts as one
skipped test. A suite that ran nothing has failed. Logs and JUnit files: build/test-logs/.
AUTH0DB_OFFLINE=1 tries no registry at all.
"""
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import results  # noqa: E402
from secrets_watch import Watch, planted  # noqa: E402
from provision import Broken, Unavailable, node_environment, python_of  # noqa: E402
from suites import QUICK, ROOT, SUITES, TESTS, Build, Suite  # noqa: E402

LOGS = ROOT / "build" / "test-logs"
BUILD_LIMIT = 900
JOBS = max(1, int(os.environ.get("AUTH0DB_TEST_JOBS") or 2))
built = {}         # directory: why it does not build, or None
packages = {}      # directory: its folder to import auth0db from
done = []          # of this run: (suite, result)
running = set()    # process groups, to be ended with this run
over = threading.Event()
preparing = threading.RLock()  # builds, folders and venvs are shared: one suite at a time makes them
watch = Watch()


class Failed(Exception):
    """The suite could not be run although everything it needs is here."""


def run(command, log, limit, env=None):
    """Exit status; the whole process group ends with the suite, also when it overruns its limit."""
    if over.is_set():
        raise Failed("the run was ended")
    with open(log, "ab") as out:
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out,
                                   stdin=subprocess.DEVNULL, cwd=ROOT, start_new_session=True,
                                   env={**os.environ, **(env or {})})
        running.add(process.pid)
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"not finished after {limit} s") from None
        finally:
            end(process.pid)
            process.wait()
            running.discard(process.pid)


def end(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def ensure_built(build: Build, log: Path):
    """Once a run. A failed build fails every suite that stands on it."""
    if build.directory not in built:
        built[build.directory] = None
        where = ROOT / build.directory
        if not (where / "build.ninja").exists():
            run(["meson", "setup", where, *build.options], log, BUILD_LIMIT, build.env)
        if run(["ninja", "-C", where], log, BUILD_LIMIT, build.env) != 0:
            built[build.directory] = "it does not build"
    if built[build.directory]:
        raise Failed(built[build.directory])


def python_path(build: Build) -> Path:
    """A folder to import auth0db from: the sources beside the extension of this very build. Made once a run:
    the suite beside this one imports from it."""
    if build.directory in packages:
        return packages[build.directory]
    package = ROOT / build.directory / "pythonpath" / "auth0db"
    package.mkdir(parents=True, exist_ok=True)
    for old in package.iterdir():
        old.unlink()
    for source in (ROOT / "python" / "auth0db").iterdir():
        if source.suffix != ".so" and source.name != "__pycache__":
            (package / source.name).symlink_to(source)
    extension = ROOT / build.directory / "python" / "_native.abi3.so"
    if extension.exists():
        (package / extension.name).symlink_to(extension)
    packages[build.directory] = package.parent
    return package.parent


def sanitizer_runtime():
    """What Python must have loaded before an extension under ASan. ASan wraps crypt(3) too, and calls nothing
    where libcrypt came only with Python's own crypt module."""
    found = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True)
    return f"{found.stdout.strip()} libcrypt.so.1"


def run_meson(suite: Suite, log: Path):
    directory = ROOT / suite.build.directory
    for old in (directory / "tests").rglob("*.xml"):
        old.unlink()
    status = run(["meson", "test", "-C", directory, "--no-rebuild", "--print-errorlogs", *suite.only],
                 log, suite.limit, suite.env)
    return results.of_meson(directory, status)


def python_beside(venv):
    """Of a venv that only some tests of a suite want: they are skipped without it."""
    try:
        return {"AUTH0DB_PYTHON_BESIDE": str(python_of(venv))}
    except Unavailable as why:
        return {"AUTH0DB_PYTHON_BESIDE_MISSING": str(why)}


def run_pytest(suite: Suite, log: Path):
    if not list((TESTS / suite.path).glob("test_*.py")):
        raise Failed(f"tests/{suite.path} holds no tests")
    with preparing:
        env = {"AUTH0DB_BUILD": str(ROOT / suite.build.directory),
               "PYTHONPATH": str(python_path(suite.build)), "PYTHONDONTWRITEBYTECODE": "1",
               **suite.env}
        python = python_of(suite.venv)
        if suite.node:
            env.update(node_environment())
        if suite.beside:
            env.update(python_beside(suite.beside))
    if suite.env.get("ASAN_OPTIONS"):
        env["LD_PRELOAD"] = sanitizer_runtime()
    junit = LOGS / f"{suite.name}.xml"
    junit.unlink(missing_ok=True)
    tests = [TESTS / suite.path / name for name in suite.only] or [TESTS / suite.path]
    status = run([python, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-ra", f"--junitxml={junit}", *tests], log,
                 suite.limit, env)
    return results.of_junit(junit, status)


def run_build(suite: Suite, log: Path):
    return results.Result(passed=1)  # ensure_built did it


def quiet_logs():
    """What the suites of this run have written. Where a test has failed, the log quotes the test, passwords included."""
    for suite, result in done:
        if not result.failed:
            logs = [LOGS / f"{suite.name}{ending}" for ending in (".log", ".xml")]
            yield from (log for log in logs if log.exists())
            if suite.kind == "meson":
                yield ROOT / suite.build.directory / "meson-logs" / "testlog.txt"


def run_secrets(suite: Suite, log: Path):
    """What the watch has seen in all suites before; and that it is not blind."""
    result = results.Result()
    seen, missed = watch.found(quiet_logs(), [ROOT, ROOT / "build"]), planted()
    for name, wrong in (("it finds what is planted", missed), ("nothing in this run", seen)):
        if wrong:
            result.fail(name, "; ".join(wrong[:10]), "\n".join(wrong))
        else:
            result.passed += 1
    with open(log, "w") as out:
        print(watch.summary(), *seen, sep="\n", file=out)
    return result


def run_suite(suite: Suite):
    log = LOGS / f"{suite.name}.log"
    log.write_bytes(b"")
    started = time.monotonic()
    try:
        with preparing:
            ensure_built(suite.build, log)
        result = RUNNERS[suite.kind](suite, log)
        if result.total == 0:
            raise Failed("no test ran")
    except Unavailable as why:
        result = results.Result(skipped=1, skips={str(why): 1})
    except Broken as why:
        result = results.Result(failed=1, failures=[("suite", *why.args)])
    except Failed as why:
        result = results.Result(failed=1, failures=[("suite", str(why), results.tail(log))])
    result.seconds = time.monotonic() - started
    return result


RUNNERS = {"build": run_build, "meson": run_meson, "pytest": run_pytest, "secrets": run_secrets}


def choose(names):
    known = {suite.name: suite for suite in SUITES}
    if names == ["list"]:
        for suite in SUITES:
            print(f"{suite.name:<18}{suite.title}")
        print(f"{'quick':<18}a little of every part")
        sys.exit(0)
    if names == ["quick"]:
        return in_good_order(QUICK)
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no such suite: {', '.join(unknown)}; make test SUITE=list names them")
    return in_good_order([known[name] for name in names] or [suite for suite in SUITES if not suite.on_demand])


def in_good_order(suites):
    """The longest first, so that no core is idle while the last one ends; who judges the others stays last."""
    return sorted(suites, key=lambda suite: (suite.alone, -suite.takes))


def main():
    chosen = choose(sys.argv[1:])
    # Ended from outside, take the suite along: run() ends its process group on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Started in the background by a shell, this process ignores Ctrl-C, and would have its tests ignore it too:
    # those that press it would wait for nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    LOGS.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    total = results.Result()
    print(f"{'suite':<17} {'':<38} {'passed':>6} {'failed':>6} {'skipped':>7} {'time':>7}", flush=True)
    with watch:
        try:
            run_all(chosen, total)
        finally:  # Ctrl-C and SIGTERM reach this thread alone
            over.set()
            for group in list(running):
                end(group)
    results.report(total, LOGS.relative_to(ROOT))
    print(f"\nin {time.monotonic() - started:.0f} s")
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed or not total.passed else 0


def run_all(chosen, total):
    """JOBS suites at a time, in their order; one that is alone begins when the others have ended."""
    free, broken = threading.Condition(), []
    busy = set()

    def work(suite):
        try:
            result = run_suite(suite)
        except BaseException as error:  # of this program, not of a suite: the main thread must end with it
            result = error
        with free:
            busy.discard(suite.name)
            if isinstance(result, BaseException):
                broken.append(result)
            else:
                record(suite, result, total)
            free.notify()

    def may_begin(suite):
        return not busy if suite.alone else len(busy) < JOBS and not alone_is_busy()

    def alone_is_busy():
        return any(suite.alone for suite in chosen if suite.name in busy)

    for suite in chosen:
        with free:
            free.wait_for(lambda suite=suite: broken or may_begin(suite))
            if broken:
                break
            busy.add(suite.name)
        threading.Thread(target=work, args=[suite], daemon=True).start()
    with free:
        free.wait_for(lambda: broken or not busy)
    if broken:
        raise broken[0]


def record(suite, result, total):
    done.append((suite, result))
    print(f"{suite.name:<17} {suite.title:<38} {result.passed:>6} {result.failed:>6} {result.skipped:>7} "
          f"{result.seconds:>5.1f} s", flush=True)
    total.add(suite.name, result)


if __name__ == "__main__":
    sys.exit(main())
