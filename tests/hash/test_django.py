"""Django hashes, we verify; we hash, Django verifies: random passwords, salts and parameters."""
import pytest
from conftest import STOCK
from django.contrib.auth import hashers

EACH = 60


def hasher_of(name):
    return hashers.get_hasher(name)


def make_plain(dice, name, password):
    return hasher_of(name).encode(password, dice.salt())


def make_pbkdf2(dice, name, password):
    return hasher_of(name).encode(password, dice.salt(), dice.choice([1, 2, 3, 50, dice.randint(1, 2000)]))


def make_argon2(dice, name, password):
    """As Django makes it, with other parameters and every type: argon2-cffi with Django's own arguments."""
    import argon2
    lanes = dice.randint(1, 4)
    made = argon2.low_level.hash_secret(
        password.encode(), dice.text(8, 24, without="$").encode(), time_cost=dice.randint(1, 3),
        memory_cost=8 * lanes + dice.randint(0, 200), parallelism=lanes, hash_len=dice.choice([4, 16, 32, 64]),
        type=dice.choice([argon2.Type.ID, argon2.Type.I, argon2.Type.D]), version=dice.choice([0x10, 0x13]))
    encoded = "argon2" + made.decode()
    assert hashers.check_password(password, encoded)
    return encoded


def make_bcrypt(dice, name, password):
    hasher = type(hasher_of(name))()
    hasher.rounds = dice.choice([4, 4, 4, 5])
    return hasher.encode(password, hasher.salt())


def make_scrypt(dice, name, password):
    return hasher_of(name).encode(password, dice.salt(), n=2 << dice.randint(0, 9), r=dice.randint(1, 8),
                                  p=dice.randint(1, 3))


def make_crypt(dice, name, password):
    return hasher_of(name).encode(password, dice.choice(["ab", "./", "9Z"]))


MAKERS = {"pbkdf2_sha256": make_pbkdf2, "pbkdf2_sha1": make_pbkdf2, "argon2": make_argon2, "bcrypt": make_bcrypt,
          "bcrypt_sha256": make_bcrypt, "scrypt": make_scrypt, "crypt": make_crypt, "md5": make_plain,
          "sha1": make_plain, "unsalted_md5": lambda dice, name, password: hasher_of(name).encode(password, ""),
          "unsalted_sha1": lambda dice, name, password: hasher_of(name).encode(password, "")}


def test_this_django_has_the_hashers_that_are_tested():
    assert [hasher.algorithm for hasher in hashers.get_hashers()] == list(STOCK)
    assert set(STOCK) <= set(MAKERS)


def passwords_for(dice, name, count):
    """crypt(3) takes 511 bytes."""
    return [dice.password()[:100] if name == "crypt" else dice.password() for _ in range(count)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", STOCK)
def test_we_verify_what_django_makes(name, dice, ours):
    passwords = passwords_for(dice, name, EACH)
    pairs, want = [], []
    for password in passwords:
        encoded = MAKERS[name](dice, name, password)
        for typed in (password, "!" + password, dice.choice(passwords), password.swapcase()):
            pairs.append((encoded, typed))
            want.append({"match": hashers.check_password(typed, encoded)})
    assert sum(answer["match"] for answer in want) >= EACH
    assert sum(not answer["match"] for answer in want) >= EACH
    wrong = [(pair, answer) for pair, answer, right in zip(pairs, ours.verify(pairs), want) if answer != right]
    assert wrong == []


def test_we_verify_djangos_own_defaults(ours):
    encoded = [hashers.make_password("pässword", hasher=name) for name in STOCK if name != "crypt"]
    encoded.append(hashers.make_password(None))
    answers = ours.verify([(e, "pässword") for e in encoded])
    assert answers == [{"match": True}] * (len(encoded) - 1) + [{"match": False}]


def options_of(dice, name):
    salt = ["--salt", dice.salt()]
    if name.startswith("pbkdf2"):
        return [*salt, "--iterations", dice.randint(1, 500)]
    if name == "argon2":
        lanes = dice.randint(1, 4)
        return ["--salt-length", dice.randint(8, 30), "--type", dice.choice(["argon2id", "argon2i", "argon2d"]),
                "--version", dice.choice([16, 19]), "--t", dice.randint(1, 3), "--p", lanes,
                "--m", 8 * lanes + dice.randint(0, 100), "--hash-length", dice.choice([4, 16, 32, 64])]
    if name.startswith("bcrypt"):
        return ["--cost", 4, "--variant", dice.choice(["2a", "2b", "2y"])]
    if name == "scrypt":
        return [*salt, "--n", 2 << dice.randint(0, 9), "--r", dice.randint(1, 8), "--p", dice.randint(1, 3)]
    return salt if name in ("md5", "sha1") else []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", STOCK)
def test_django_verifies_what_we_make(name, dice, ours):
    for _ in range(6):
        passwords = passwords_for(dice, name, EACH // 6)
        made = ours.make(passwords, "--hasher", name, *map(str, options_of(dice, name)))
        for password, encoded in zip(passwords, made):
            assert hashers.identify_hasher(encoded).algorithm == name
            assert hashers.check_password(password, encoded), (password, encoded)
            assert not hashers.check_password("!" + password, encoded), (password, encoded)


def test_django_takes_our_defaults_for_its_own(ours):
    """Nothing to upgrade at the next login: a hash that we renew stays as it is. (Defaults are 5.2's.)"""
    import django
    for name in ("pbkdf2_sha256", "argon2", "bcrypt"):
        encoded, = ours.make(["secret"], "--hasher", name)
        assert hashers.check_password("secret", encoded)
        if django.VERSION[:2] == (5, 2):
            assert not hashers.get_hasher(name).must_update(encoded)


def test_an_unusable_password_is_unusable_to_django(ours):
    encoded, = ours.make([""], "--hasher", "unusable")
    assert not hashers.is_password_usable(encoded)
