#!/usr/bin/env python3
"""Plan and packing of a whole site, beside a bare scan of the same columns and a Django script that does the same:

    bulk.py build-bench/bench [USERS ...]        each in a SQLite file of its own, removed afterwards

Figures are wall time, the best of RUNS runs that take turns: what else runs can only make one slower."""
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 3
SCRIPT_USERS = 100_000  # enough to tell a script's rate
LIMITS = {"pack": 1.5, "plan": 2.0}

DJANGO_SCRIPT = '''
import base64, hashlib, json, sys, time
import django
from django.conf import settings
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
                   INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"], USE_TZ=True)
django.setup()
from django.contrib.auth.models import User

def b64(text):
    return base64.b64encode(text.encode()).decode().rstrip("=")

def convert(encoded):
    algorithm, _, rest = encoded.partition("$")
    if algorithm == "pbkdf2_sha256":
        iterations, salt, digest = rest.split("$")
        value = "$pbkdf2-sha256$i=%s,l=32$%s$%s" % (iterations, b64(salt), digest.rstrip("="))
        return {"algorithm": "pbkdf2", "hash": {"value": value, "encoding": "utf8"}}
    if algorithm == "bcrypt":
        return {"algorithm": "bcrypt", "hash": {"value": rest, "encoding": "utf8"}}
    if algorithm == "sha1":
        salt, digest = rest.split("$")
        return {"algorithm": "sha1", "hash": {"value": digest, "encoding": "hex"},
                "salt": {"value": salt, "encoding": "utf8", "position": "prefix"}}

start, users, size = time.perf_counter(), 0, 0
for user in User.objects.order_by("pk")[:int(sys.argv[2])].iterator():
    users += 1
    hashed = convert(user.password)
    if "@" not in user.email or hashed is None:
        continue
    row = {"email": user.email.lower(),
           "user_id": hashlib.sha256(("auth0db\\0site\\0%s" % user.pk).encode()).hexdigest()[:24],
           "custom_password_hash": hashed}
    if user.first_name:
        row["given_name"] = user.first_name
    if user.last_name:
        row["family_name"] = user.last_name
    if not user.is_active:
        row["blocked"] = True
    size += len(json.dumps(row, separators=(",", ":"), ensure_ascii=False))
print(json.dumps({"run": "django", "users": users, "seconds": time.perf_counter() - start}))
'''


def run(*command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def measure(tools, site):
    """The fastest run of each kind."""
    best = {}
    for _ in range(RUNS):
        for name in ("scan", "pack", "plan"):
            figures = run(tools / "bench_bulk", name, site)
            if name not in best or figures["seconds"] < best[name]["seconds"]:
                best[name] = figures
    return best


def django_rate(site):
    figures = [run(sys.executable, "-W", "ignore", "-c", DJANGO_SCRIPT, site, SCRIPT_USERS) for _ in range(2)]
    return max(f["users"] / f["seconds"] for f in figures)


def table(users, best, rival):
    scan = best["scan"]["seconds"]
    print(f"\n{users:,} users in SQLite")
    for name, title in (("scan", "bare sqlite3_step"), ("pack", "read, convert, pack"), ("plan", "plan")):
        figures = best[name]
        ratio = figures["seconds"] / scan
        within = f"at most {LIMITS[name]}" if name in LIMITS else ""
        rate = users / figures["seconds"]
        print(f"  {title:<24}{figures['seconds']:8.2f} s {rate / 1e6:7.2f} M/s {ratio:6.2f} x scan   {within:<12}"
              f"{rate / rival:7.1f} x Django {figures['peak_kib'] / 1024:7.1f} MiB")
    packed = best["pack"]
    print(f"  {packed['jobs']:,} jobs, {packed['fill'] * 100:.2f} % full; {packed['moved'] / packed['jobs']:,.0f} users a job, "
          f"{packed['bytes'] / packed['moved']:.0f} bytes a user")


def main():
    tools = Path(sys.argv[1]).resolve()
    counts = [int(n) for n in sys.argv[2:]] or [10_000, 1_000_000]
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        for users in counts:
            site = Path(folder) / f"site-{users}.db"
            start = time.perf_counter()
            subprocess.run([tools / "make_site", site, str(users)], check=True)
            print(f"\nmade {users:,} users in {time.perf_counter() - start:.0f} s, {site.stat().st_size >> 20} MiB")
            table(users, measure(tools, site), django_rate(site))
            site.unlink()


if __name__ == "__main__":
    main()
