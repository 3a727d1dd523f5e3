"""Rows that somebody damaged: what matches for Django matches for us, and nothing else does."""
import re

import pytest
from conftest import STOCK
from django.contrib.auth import hashers
from test_django import MAKERS

EACH = 250
ALPHABET = "$$$+/=.,0123456789abcdefABCDEFlmtvp_! \té٧"


def damage(dice, encoded):
    at = dice.randrange(len(encoded))
    fields = encoded.split("$")
    return dice.choice([
        lambda: encoded[:at] + dice.choice(ALPHABET) + encoded[at + 1:],
        lambda: encoded[:at] + dice.choice(ALPHABET) + encoded[at:],
        lambda: encoded[:at] + encoded[at + 1:],
        lambda: encoded[:at],
        lambda: encoded + dice.choice(ALPHABET + "\n"),
        lambda: dice.choice(ALPHABET) + encoded,
        lambda: encoded.upper(), lambda: encoded.swapcase(), lambda: encoded.rstrip("="),
        lambda: "$".join(dice.sample(fields, len(fields))),
        lambda: "$".join(fields[:2] + [""] + fields[3:]),
        lambda: "$".join(fields + [dice.choice(fields)]),
        lambda: re.sub(r"\d+", lambda m: dice.choice([m.group(), "0" + m.group(), m.group() + ".0", "+" + m.group()]),
                       encoded, count=dice.randint(1, 3)),
        lambda: re.sub("^[^$]*", dice.choice(list(STOCK) + ["default", ""]), encoded),
        lambda: encoded,
    ])()


def is_dear(encoded):
    """Would cost Django seconds: a cost grew by the damage, or is zero, which means Django's own default."""
    if re.search(r"\$2.\$(0[7-9]|[1-9]|\d\D)", encoded):
        return True
    if encoded.startswith(("pbkdf2", "scrypt")):
        return bool(re.search(r"\$[ \t+_.0-9٧]{5,}\$|\$[ \t+0.]*\$", encoded))
    return encoded.startswith(("argon2", "default")) and bool(re.search(r"\d{4}|=\d{3,},p|p=\d\d", encoded))


def django_says(password, encoded):
    """A row on which Django raises matches nothing. (bcrypt of PyPI panics on some: not an Exception.)"""
    try:
        return hashers.check_password(password, encoded)
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return False


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", STOCK)
def test_a_damaged_row_matches_only_if_django_says_so(name, dice, ours):
    pairs, want = [], []
    while len(pairs) < EACH:
        encoded = damage(dice, MAKERS[name](dice, name, "secret"))
        if is_dear(encoded) or len(encoded) > 300:
            continue
        pairs.append((encoded, "secret"))
        want.append(django_says("secret", encoded))
    got = [answer.get("match", False) for answer in ours.verify(pairs)]
    assert any(want) and not all(want)
    wrong = [(pair[0], right) for pair, answer, right in zip(pairs, got, want) if answer != right]
    assert wrong == []
