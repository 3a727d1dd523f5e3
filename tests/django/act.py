"""One login in a process of its own: says "ready", reads the password, says who got in.

ACT_DIE_IN names a method of Answers in which the process kills itself, as a machine losing power
would. ACT_FORK: log in, then fork so many children that log in as well, as the workers of a
preforking server do.
"""

import os
import signal
import sys

import django

django.setup()

from django.contrib.auth import authenticate  # noqa: E402
from django.db import connection  # noqa: E402

from auth0db import conf  # noqa: E402
from auth0db.answers import Answers  # noqa: E402


def die(self, *arguments):
    os.kill(os.getpid(), signal.SIGKILL)


if os.environ.get("ACT_DIE_IN"):
    setattr(Answers, os.environ["ACT_DIE_IN"], die)
connection.ensure_connection()
conf.client()
print("ready", flush=True)
password = sys.stdin.readline().rstrip("\n")


def log_in():
    user = authenticate(None, username=sys.argv[1], password=password)
    # One write: forked workers share this pipe, and print() may send the line and its end apart
    sys.stdout.write("%s\n" % (user.pk if user else "nobody"))
    sys.stdout.flush()


log_in()
children = []
for _ in range(int(os.environ.get("ACT_FORK", 0))):
    connection.close()
    child = os.fork()
    if child == 0:
        log_in()
        os._exit(0)
    children.append(child)
log_in() if children else None
for child in children:
    os.waitpid(child, 0)
