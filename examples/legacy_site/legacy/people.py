"""The people of the site: thirteen years of registrations, and every hasher there was."""

import hashlib
import random

from django.contrib.auth import hashers

FIRST = "Ada Ben Cleo Dora Emil Finn Greta Hugo Ines Jan Kira Lars Mona Nils Olga Paul Rosa".split()
LAST = "Adler Berg Costa Dorn Engel Falk Graf Holm Ibsen Jung Keller Lund Maier Nagel Orth".split()
WORDS = "Harbour Lantern Meadow Orchard Pepper Quarry Ribbon Saddle Thimble Velvet Willow".split()

# Real formats with work factors of a few milliseconds, so that a demonstration is not spent hashing
COST = {
    "pbkdf2_sha256": {"iterations": 4000},
    "pbkdf2_sha1": {"iterations": 4000},
}


def cheap(hasher):
    hasher.rounds, hasher.time_cost, hasher.memory_cost, hasher.work_factor = 5, 1, 1024, 2**10
    return hasher


def unsalted_sha1(password):
    return "sha1$$" + hashlib.sha1(password.encode()).hexdigest()


def unsalted_md5(password):
    return hashlib.md5(password.encode()).hexdigest()


def makers():
    """Every hasher that this Django has: name, hash function, share among the users."""
    known = hashers.get_hashers_by_algorithm()
    shares = [
        ("pbkdf2_sha256", 10),
        ("argon2", 3),
        ("bcrypt_sha256", 2),
        ("bcrypt", 2),
        ("pbkdf2_sha1", 2),
        ("scrypt", 2),
        ("sha1", 2),
        ("md5", 1),
        ("unsalted_sha1", 1),
        ("unsalted_md5", 1),
        ("crypt", 1),
    ]
    for name, share in shares:
        if name not in known:
            continue
        if name.startswith("unsalted"):
            yield name, globals()[name], share
        else:
            yield name, maker(cheap(known[name]), COST.get(name, {})), share


def maker(hasher, cost):
    return lambda password: hasher.encode(password, hasher.salt(), **cost)


class Registrations:
    """People in order, the same ones every time."""

    def __init__(self, seed=2008):
        self.random = random.Random(seed)
        self.makers = list(makers())

    def password(self):
        first, last = self.random.sample(WORDS, 2)
        return "%s-%d-%s" % (first, self.random.randrange(10, 100), last)

    def person(self, number):
        """(fields, password, name of the hasher). The first ones have one hasher each, twice."""
        if number < 2 * len(self.makers):
            algorithm, encode, _ = self.makers[number % len(self.makers)]
        else:
            shares = [share for _, _, share in self.makers]
            algorithm, encode, _ = self.random.choices(self.makers, shares)[0]
        first, last = self.random.choice(FIRST), self.random.choice(LAST)
        username = "%s%d" % (first.lower(), number)
        password = self.password()
        fields = {
            "username": username,
            "email": "%s.%s.%d@people.example" % (first.lower(), last.lower(), number),
            "first_name": first,
            "last_name": last,
            "password": encode(password),
        }
        return fields, password, algorithm
