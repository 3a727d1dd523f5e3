"""The sandbox's password policies agree with npm auth0-password-policies."""
import json
import os
import random

SEED = int(os.environ.get("AUTH0DB_SEED", "20261123"))
CASES = 20_000
LEVELS = ["none", "low", "fair", "good", "excellent"]
# Every ASCII character, and what lies at the edges of "letter", "digit" and "one character"
ASCII = [chr(c) for c in range(0x20, 0x7f)]
ODD = ["é", "e\u0301", "ß", "Ж", "٣", "Ａ", "１", "\u00a0", "\u3000", "🔑", "\U00010400", "\t", "\n", "\x7f",
       "\u0000", "–", "€"]


def password(rng):
    length = rng.choice([0, 1, 5, 6, 7, 8, 9, 10, 11, rng.randrange(40), rng.choice([71, 72, 73, 200])])
    pool = rng.choice([ASCII, ASCII, ASCII + ODD, "abcdefg", "aAbB12", "abc123!", ODD, "0123456789"])
    made = []
    while len(made) < length:
        one = rng.choice(pool)
        kind = rng.randrange(12)
        if kind == 0:
            made += [one] * rng.randint(2, 4)
        elif kind == 1 and len(one) == 1:
            step = rng.choice([-1, 1])
            made += [chr(max(0, ord(one) + step * i)) for i in range(rng.randint(2, 4))]
        else:
            made.append(one)
    # A lone surrogate is not text; everything else goes
    return "".join(made[:length]).encode("utf-8", "ignore").decode()


def options(rng):
    if rng.randrange(3):
        made = {"passwordPolicy": rng.choice(LEVELS)}
        if rng.randrange(3) == 0:
            made["password_complexity_options"] = {"min_length": rng.choice([1, 2, 6, 9, 12, 73, 128])}
        return made
    types = ["uppercase", "lowercase", "number", "special"]
    complexity = {"character_types": rng.sample(types, rng.randint(0, 4))}
    if rng.randrange(2):
        complexity["min_length"] = rng.choice([1, 4, 8, 15, 72])
    for name, words in [("identical_characters", ["allow", "block"]),
                        ("sequential_characters", ["allow", "block"]),
                        ("max_length_exceeded", ["truncate", "error"])]:
        if rng.randrange(2):
            complexity[name] = rng.choice(words)
    if len(complexity["character_types"]) == 4 and rng.randrange(2):
        complexity["character_type_rule"] = "three_of_four"
    return {"password_options": {"complexity": complexity}}


def test_random_passwords_get_the_same_verdict(node, sb_tool):
    rng = random.Random(SEED)
    questions = [{"policy": options(rng), "password": password(rng)} for _ in range(CASES)]
    said = node("policies.js", input="".join(json.dumps(q) + "\n" for q in questions)).splitlines()
    # Both refuse the empty password, the flexible policy without a min_length too
    wanted = [line == "true" and q["password"] != "" for q, line in zip(questions, said)]
    got = [a == {"verdict": ""} for a in sb_tool(questions)]
    wrong = [(q, w) for q, w, g in zip(questions, wanted, got) if w is not g]
    assert len(said) == CASES
    assert not wrong, f"{len(wrong)} of {CASES} disagree (seed {SEED}), first: {wrong[0]}"
    # Neither answer may be rare, or the comparison would say little
    assert CASES / 4 < sum(wanted) < CASES * 3 / 4, sum(wanted)
