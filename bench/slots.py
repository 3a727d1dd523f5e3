"""How busy an import keeps the tenant's two job slots: against a sandbox whose jobs take constant time, the share
of the run in which each of them works.

    slots.py [JOBS [MILLISECONDS]]"""
import base64
import datetime
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "bulk")]
import small_site  # noqa: E402
from sandbox import BUILD, CLEAN_ENV, Sandbox  # noqa: E402

USERS_A_JOB = 1950  # of about 262 bytes
GOAL = 0.98


def rows(n):
    for i in range(1, n + 1):
        digest = base64.b64encode(hashlib.sha256(b"salt%d" % i).digest()).decode()
        yield small_site.user(i, password=f"pbkdf2_sha256$870000$salt{i:018d}${digest}", first_name="", last_name="")


def began(tenant, job_id):
    created = tenant.api("GET", f"/jobs/{job_id}")[2]["created_at"]
    return datetime.datetime.fromisoformat(created.replace("Z", "+00:00")).timestamp()


def main(jobs=20, job_ms=10000):
    with Sandbox() as tenant, tempfile.TemporaryDirectory() as folder:
        site = small_site.Sqlite(Path(folder))
        site.make(list(rows(jobs * USERS_A_JOB)))
        env = {**CLEAN_ENV, **tenant.environ, "DATABASE_URL": site.url}
        subprocess.run([BUILD / "auth0db", "init-db"], env=env, check=True, stdout=subprocess.DEVNULL)
        tenant.options(job_ms=job_ms)
        done = subprocess.run([BUILD / "auth0db", "import", "--yes", "--no-canary", "--json"], env=env, check=True,
                              stdout=subprocess.PIPE, text=True)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        starts = [began(tenant, e["job_id"]) for e in events if e["event"] == "batch" and e["status"] == "submitted"]
    run = max(starts) - min(starts) + job_ms / 1000
    share = len(starts) * job_ms / 1000 / 2 / run
    if os.environ.get("BENCH_VERBOSE"):
        print(" ".join(f"{start - min(starts):.2f}" for start in starts))
    fill = [e["bytes"] for e in events if e["event"] == "batch" and e["status"] == "settled"]
    print(f"job slots    {100 * share:.1f} % busy: {len(starts)} jobs of {job_ms / 1000:g} s in {run:.1f} s, two at a time "
          f"(goal: {100 * GOAL:.0f} %); {events[-1]['linked']:,} users, {max(fill):,} bytes in a job")
    return 0 if share >= GOAL or os.environ.get("BENCH_LENIENT") else 1


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
