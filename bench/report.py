#!/usr/bin/env python3
"""Puts bench_hash's figures beside hashlib's and Django's:  report.py build-bench/bench/bench_hash"""
import hashlib
import json
import ssl
import subprocess
import sys
import time

import django
from django.conf import settings
from django.contrib.auth import hashers

RUNS = 5


def best(run):
    times = []
    for _ in range(RUNS):
        start = time.thread_time()
        assert run()
        times.append(time.thread_time() - start)
    return min(times)


def verify_row(row):
    _, iterations, salt, _ = row["encoded"].split("$")
    digest = row["hasher"].split("_")[1]
    rivals = [
        ("auth0db", row["auth0db"]),
        ("OpenSSL PKCS5_PBKDF2_HMAC", row["openssl"]),
        ("Python hashlib.pbkdf2_hmac", best(lambda: hashlib.pbkdf2_hmac(
            digest, b"correct horse", salt.encode(), int(iterations)))),
        (f"Django {django.get_version()} check_password", best(lambda: hashers.check_password(
            "correct horse", row["encoded"]))),
    ]
    print(f"\nverify {row['hasher']}, {row['iterations']:,} iterations")
    for name, seconds in rivals:
        print(f"  {name:<32}{seconds * 1000:8.1f} ms   {seconds / row['auth0db']:5.2f}")


def main():
    settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher",
                                         "django.contrib.auth.hashers.PBKDF2PasswordHasher",
                                         "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher"])
    django.setup()
    done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    print(f"One core, CPU time, best of {RUNS}. {ssl.OPENSSL_VERSION}")
    for row in rows:
        if row["bench"] == "verify":
            verify_row(row)
    print("\nconvert")
    for row in rows:
        if row["bench"] == "convert":
            print(f"  {row['hasher']:<32}{row['per_second'] / 1e6:8.2f} M/s  {row['allocations']:3d} allocations")


if __name__ == "__main__":
    main()
