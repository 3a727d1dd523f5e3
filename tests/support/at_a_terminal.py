"""The command as a person meets it: at a terminal, asked and answering."""
import os
import pty
import select
import time

from sandbox import BUILD

COMMAND = BUILD / "auth0db"


def at_a_terminal(words, answer, **environ):
    """(exit status, what was shown)"""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(environ, TERM="xterm")
        os.execv(COMMAND, [str(COMMAND), *words])
    shown, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                more = os.read(terminal, 4096)
            except OSError:
                break
            if not more:
                break
            shown += more
            if answer and (b"[y/N]" in shown or b"name: " in shown):
                os.write(terminal, answer)
                answer = None
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()
