"""A shell at a terminal, as the one that a reader pastes a block into."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import threading
import time
from pathlib import Path

PATIENCE = 240
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
PROMPT = re.compile(r"\[y/N\] $")
# What a reader's shell has of the test's: where it is, and whose run it belongs to (the suite `secrets`).
KEPT = ("HOME", "LANG", "TMPDIR", "AUTH0DB_TEST_RUN", "AUTH0DB_TEST_SECRETS")
# Variables outlive their block, and a refusal of curl's is a failure. The trap says which line a prompt belongs to.
BEFORE = """
set -eo pipefail -a
curl() { command curl --silent --show-error --fail-with-body "$@" && echo; }
trap 'declare -px >&$TERMINAL_VARIABLES; pwd >"$TERMINAL_STATE/folder"' EXIT
trap 'echo $LINENO >"$TERMINAL_STATE/line"' DEBUG
"""


class Trouble(AssertionError):
    """A block does not do what a reader expects of it."""


class Terminal:
    """One reader's. Blocks that are pasted one after the other share folder and variables, and what was started stays."""

    def __init__(self, state, folder, path, **variables):
        self.state, self.folder = Path(state), Path(folder)
        self.state.mkdir()
        self.variables = {**{name: os.environ[name] for name in KEPT if name in os.environ}, "PATH": path, "TERM": "dumb",
                          **variables}
        self.started = []

    def paste(self, text, answers=(), status=0, until=None):
        """What is printed. `answers` to its questions, in order; `until`: it stays, and has printed this when it is ready."""
        for end in ("line", "folder"):
            (self.state / end).unlink(missing_ok=True)
        kept = os.memfd_create("variables", 0)  # a client secret may be among them: not in a file
        first = BEFORE.count("\n") + 1
        reader, writer = pty.openpty()
        try:
            process = subprocess.Popen(
                ["bash", "-c", BEFORE + text], cwd=self.folder, stdin=writer, stdout=writer, stderr=writer,
                env={**self.variables, "TERMINAL_STATE": str(self.state), "TERMINAL_VARIABLES": str(kept)}, pass_fds=[kept],
                start_new_session=True)
            self.started.append(process)
            os.close(writer)
            last = first + len(text.rstrip().split("\n")) - 1
            said = self._listen(process, reader, list(answers), until, last)
            if until is None:
                self._remember(os.pread(kept, 1 << 20, 0).decode())
        finally:
            os.close(kept)
            if until is None:
                os.close(reader)
            else:  # what stays goes on printing, and would wait for whoever reads it
                threading.Thread(target=_read_away, args=[reader], daemon=True).start()
        if until is None:
            if process.returncode != status:
                raise Trouble(f"status {process.returncode}, not {status}:\n{text}\n--- printed ---\n{said}")
        return said

    def _listen(self, process, reader, answers, until, last):
        said, ends = "", time.monotonic() + PATIENCE
        while True:
            over = process.poll() is not None
            while select.select([reader], [], [], 0 if over else 0.05)[0]:
                try:
                    data = os.read(reader, 65536)
                except OSError:  # nobody has the other end open any more
                    break
                if not data:
                    break
                said = COLOUR.sub("", said + data.decode(errors="replace")).replace("\r\n", "\n")
            if until and re.search(until, said):
                return said
            if over:
                if until:
                    raise Trouble(f"it has not stayed:\n{said}")
                if answers:
                    raise Trouble(f"nobody asked what was to be answered {answers}:\n{said}")
                return said
            if PROMPT.search(said):
                line = int((self.state / "line").read_text())
                if line < last:
                    raise Trouble(f"line {line} of {last} asks, and what is pasted behind it is taken for the answer:\n{said}")
                if not answers:
                    raise Trouble(f"it asks:\n{said}")
                os.write(reader, answers.pop(0).encode() + b"\n")
                said += "\n"
            if time.monotonic() > ends:
                raise Trouble(f"not over after {PATIENCE} s:\n{said}")

    def _remember(self, variables):
        self.folder = Path((self.state / "folder").read_text().strip())
        for name, value in re.findall(r'^declare -x (\w+)="((?:[^"\\]|\\.)*)"$', variables, re.M):
            if name not in ("TERMINAL_STATE", "TERMINAL_VARIABLES", "SHLVL", "OLDPWD", "PWD", "_"):
                self.variables[name] = re.sub(r'\\(["$`\\])', r"\1", value)

    def close(self):
        for process in self.started:
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
            process.wait(30)


def _read_away(reader):
    try:
        while os.read(reader, 65536):
            pass
    except OSError:
        pass
    os.close(reader)


def same_shape(shown, printed, where="answer"):
    """A page's values are examples; members, their types and their nesting are not."""
    shown, printed = (json.loads(one) if isinstance(one, str) else one for one in (shown, printed))
    return list(_differences(shown, printed, where))


def _differences(shown, printed, where):
    if type(shown) is not type(printed):
        yield f"{where} is {type(printed).__name__}, not {type(shown).__name__}"
    elif isinstance(shown, dict):
        # counts of requests are named by what was asked
        for name in shown if where.rpartition(".")[2] != "counts" else ():
            if name in printed:
                yield from _differences(shown[name], printed[name], f"{where}.{name}")
            else:
                yield f"{where}.{name} is not there"
    elif isinstance(shown, list) and shown:
        if not printed:
            yield f"{where} is empty"
        else:
            yield from _differences(shown[0], printed[0], f"{where}[0]")


def is_as_shown(shown, printed):
    """`…` stands for anything within a line, with the beginning of a word before it; ports differ."""
    pattern = re.sub("\\w*…", lambda _: r"[^\n]*", re.escape(shown.strip()))
    return re.search(re.sub(r"127\\\.0\\\.0\\\.1:\d+", r"127\\.0\\.0\\.1:\\d+", pattern), printed) is not None
