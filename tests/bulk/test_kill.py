"""The importer is killed at every system call that writes to the network or the database, started again,
and everybody has moved exactly once, with a password that still works.

A plain run steps over every BULK_KILL_STEP-th call, beginning with one that BULK_KILL_SEED (else the time)
chooses; `make stress` takes each of them."""
import os
import time

import small_site
from ground import KILLER

STEP = int(os.environ.get("BULK_KILL_STEP", "29"))
SERVER_STEP = int(os.environ.get("BULK_KILL_STEP", "67"))
SEED = int(os.environ.get("BULK_KILL_SEED", str(int(time.time()))))
USERS = 40
TWINS = (7, 8)          # share an e-mail
BROKEN = 11             # a hash that is none
HELD = {*TWINS, BROKEN}


def rows():
    for i in range(1, USERS + 1):
        if i in TWINS:
            yield small_site.user(i, email="twin@example.org" if i == TWINS[0] else "TWIN@example.org")
        elif i == BROKEN:
            yield small_site.user(i, password="pbkdf2_sha256$10$salt")
        else:
            yield small_site.user(i)


def step_through(g, step, seed):
    """Kills g's import at every `step`-th of its writes."""
    writes = g.count_writes("import")
    g.check_all_moved(HELD, sample=range(1, 5))
    assert writes > 100
    first, last = (int(n) for n in os.environ.get("BULK_KILL_RANGE", f"1-{writes}").split("-"))
    survivors, points = 0, range(first + seed % step, last + 1, step)
    print(f"BULK_KILL_SEED={seed}: {len(points)} of {writes} writes")
    for n in points:
        g.restore()
        survivors += not g.killed_at(n, "import").killed  # jobs that end sooner need fewer questions
        again = g.run("import")
        where = f"killed at {n} of {writes}: {again.errors}"
        assert again.status == 0, where
        assert again.report["complete"], where
        free = [i for i in range(1, USERS + 1) if i not in HELD]
        try:
            g.check_all_moved(HELD, sample=[free[(n + k * 13) % len(free)] for k in range(2)])
        except AssertionError as error:
            raise AssertionError(f"{where}\n{error}") from error
    assert survivors <= len(points) // 10 + 2


def test_killed_anywhere_and_started_again_it_moves_everybody_once(ground):
    g = ground(list(rows()))
    g.keep()
    step_through(g, STEP, SEED)


def test_killed_anywhere_on_a_database_server_likewise(ground, server):
    g = ground(list(rows()), site=small_site.OnServer(server))
    step_through(g, SERVER_STEP, SEED)


def test_killed_again_and_again_it_still_moves_everybody_once(ground):
    """Each new start is killed a little later than the one before, until one comes through."""
    g = ground(list(rows()))
    g.keep()
    for start in (5 + SEED % 7, 40 + SEED % 31):
        g.restore()
        for n in range(start, 2000, 37):
            ended = g.killed_at(n, "import")
            if not ended.killed:
                break
        assert ended.status == 0, ended.errors
        assert ended.report["complete"]
        g.check_all_moved(HELD, sample=[1 + SEED % 6])


def test_one_of_two_importers_is_killed(ground):
    g = ground(list(rows()), room=1500)
    g.keep()
    for n in (60 + SEED % 40, 150 + SEED % 90):
        g.restore()
        both = [g.start("import"), g.start("import", LD_PRELOAD=str(KILLER), KILL_AT=str(n))]
        survivor, _ = [g.end(process) for process in both]
        assert survivor.status == 0, survivor.errors
        assert g.run("import").status == 0
        g.check_all_moved(HELD, sample=[2])
