"""remind is killed at the system calls that write to the network or the database, and started again: nobody
is mailed twice and nobody is forgotten, by what the tenant's own outbox says."""
import os
import random
import time
from collections import Counter

import small_site

STEP = int(os.environ.get("BULK_KILL_STEP", "7"))
SERVER_STEP = int(os.environ.get("BULK_KILL_STEP", "17"))
SEED = int(os.environ.get("BULK_KILL_SEED", str(int(time.time()))))
USERS = 8
WAVE = int(os.environ.get("REMIND_KILL_WAVE", "1000"))
STUCK = "bcrypt_sha256$$2b$12$" + "a" * 53  # Auth0 takes no such hash
# A mail that the log does not tell of is sent again after three seconds instead of three minutes
OPTIONS = ("--rate", "60000", "--settle-after", "3")


def site(users):
    """Every tenth of them could move, and is nobody's to mail."""
    return [small_site.user(i) if i % 10 == 0 else small_site.user(i, password=STUCK) for i in range(1, users + 1)]


def hasten(tenant):
    """What a password costs the tenant is not what is tested."""
    tenant.options(bcrypt_cost=4)


def mailed(g):
    """{address: how often}"""
    return Counter(mail["to"] for mail in g.tenant.mails(limit=5000))


def check_everybody_once(g, users, where):
    stuck = {f"user{i}@example.org" for i in range(1, users + 1) if i % 10}
    often = mailed(g)
    assert {address: n for address, n in often.items() if n > 1} == {}, f"{where}: mailed twice"
    assert stuck - set(often) == set(), f"{where}: forgotten"
    assert set(often) == stuck, where
    on_record = dict(g.sql("SELECT email, status FROM auth0db_reminder"))
    assert on_record == dict.fromkeys(stuck, "sent"), where
    assert {user["email"] for user in g.tenant_users()} == stuck, where


def step_through(g, step):
    """Kills a wave at every `step`-th of its writes; `g` has USERS of them."""
    hasten(g.tenant)
    writes = g.count_writes("remind", *OPTIONS)
    check_everybody_once(g, USERS, "not killed")
    assert writes > 50
    points, killed = range(1 + SEED % step, writes + 1, step), 0
    print(f"BULK_KILL_SEED={SEED}: {len(points)} of {writes} writes")
    for n in points:
        g.restore()
        hasten(g.tenant)
        killed += g.killed_at(n, "remind", *OPTIONS).killed
        again = g.run("remind", *OPTIONS)
        assert again.status == 0, f"killed at {n} of {writes}: {again.errors}"
        assert again.report["in_air"] == 0
        check_everybody_once(g, USERS, f"killed at {n} of {writes}")
    assert killed >= len(points) - 2


def test_killed_anywhere_nobody_is_mailed_twice_or_forgotten(ground):
    g = ground(site(USERS))
    g.keep()
    step_through(g, STEP)


def test_killed_anywhere_on_a_database_server_likewise(ground, server):
    step_through(ground(site(USERS), site=small_site.OnServer(server)), SERVER_STEP)


def test_a_wave_of_a_thousand_killed_again_and_again(ground):
    g = ground(site(WAVE))
    hasten(g.tenant)
    chance = random.Random(SEED)
    print(f"BULK_KILL_SEED={SEED}")
    kills = 0
    for _ in range(200):
        # Some sixty writes a user: a kill every thirty users or so
        ended = g.killed_at(chance.randrange(1, 4000), "remind", *OPTIONS)
        often = mailed(g)
        assert not often or max(often.values()) == 1, f"mailed twice, after {kills} kills"
        if not ended.killed:
            break
        kills += 1
    assert ended.status == 0, ended.errors
    assert kills >= 3, "the wave was not killed"
    check_everybody_once(g, WAVE, f"{kills} kills")
