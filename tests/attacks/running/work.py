"""Counts what one attempt costs: hashes and verifications, wherever they are asked for."""

from collections import Counter

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from auth0db import hashes

done = Counter()


def counted(name, function):
    def call(*arguments, **named):
        done[name] += 1
        return function(*arguments, **named)

    return call


class Native:
    """auth0db._native, with the verifications counted."""

    def __init__(self, native):
        self.native = native

    def __getattr__(self, name):
        found = getattr(self.native, name)
        return counted("hashes", found) if name == "hash_verify" else found


def watch():
    PBKDF2PasswordHasher.encode = counted("hashes", PBKDF2PasswordHasher.encode)
    hashes._native = Native(hashes._native)
