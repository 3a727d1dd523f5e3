"""A site in SQLite with malformed bytes in every column: bytes that are no text, control characters, numbers where text belongs,
megabytes, hashes that are none. The same for the same seed."""
import os
import random
import sqlite3

SEED = int(os.environ.get("AUTH0DB_SEED", "20261123"))
PBKDF2 = "pbkdf2_sha256$600000$a1B2c3D4e5F6g7H8i9J0kL$" + "A" * 43 + "="
TABLE = """CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, password, last_login, is_superuser DEFAULT 0, username,
           last_name, email, is_staff DEFAULT 0, is_active DEFAULT 1, date_joined, first_name)"""

dice = random.Random(SEED)
CHARACTERS = list("aZ09 .-_+'`\"\\/@$%{}[]<>&\t\n\r\x00\x01\x1f\x7f\u0080\u2028\u2029\ufeff\uffff") + [
    "é", "ß", "e\u0301", "漢", "🔑", "👩\u200d💻", "\u202e"]


def malformed(longest):
    """Text, or bytes that are none, in a text column or as a blob."""
    length = dice.choice([0, 1, dice.randint(1, 20), dice.randint(1, longest)])
    text = "".join(dice.choices(CHARACTERS, k=length))
    return dice.choice([
        lambda: text, lambda: text.encode() + b"\xff", lambda: dice.randbytes(length), lambda: None,
        lambda: dice.randint(-2**63, 2**63 - 1), lambda: dice.random() * 1e300])()


def salt():
    return "".join(dice.choices([c for c in CHARACTERS if c != "$"], k=dice.randint(1, 30)))


def password():
    return dice.choice([
        lambda: PBKDF2, lambda: PBKDF2, lambda: f"md5${salt()}$" + "0" * 32, lambda: f"sha1${salt()}$" + "0" * 40,
        lambda: "a" * 32, lambda: f"scrypt$16384${salt()}$8$1$" + "A" * 86 + "==",
        lambda: "sha1$" + "\x01" * 7000 + "$" + "0" * 40, lambda: "!" + salt(), lambda: PBKDF2[:dice.randint(0, 90)],
        lambda: "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamts$" + "A" * 43,
        lambda: "bcrypt$$2b$12$" + "a" * 21 + "O" + "b" * 30 + "O", lambda: malformed(300)])()


def email(i):
    return dice.choice([
        lambda: f"User{i}@Example.com", lambda: f"user{i}@example.com", lambda: f"{i}{'x' * 60}@example.com",
        lambda: f"u{i}@" + "a." * 100 + "com", lambda: f"user{dice.randint(1, i)}@example.com",
        lambda: f"o'{i}!#$%&*+/=?^_`{{|}}~-@example.com", lambda: f'"q {i}"@example.com', lambda: f"é{i}@example.com",
        lambda: malformed(300)])()


def name():
    return dice.choice([lambda: "Ann", lambda: "é" * dice.randint(140, 160), lambda: malformed(400), lambda: "\x01" * 200,
                        lambda: "🔑" * 151, lambda: ""])()


def sane(i):
    """A row that is fine but for one column, so that malformed meets every part of the writer."""
    row = [i, PBKDF2, "2024-01-01 00:00:00", f"user{i}", "Lee", f"user{i}@example.com", 1, "2024-01-01", "Ann"]
    spoil = {1: password, 2: lambda: malformed(40), 3: lambda: malformed(200), 4: name, 5: lambda: email(i),
             6: lambda: malformed(5), 7: lambda: malformed(40), 8: name}
    for column in dice.sample(sorted(spoil), dice.choice([0, 1, 1, 2]) if i > 9 else 0):
        row[column] = spoil[column]()
    return row


def make(path, users):
    with sqlite3.connect(path) as db:
        db.execute(TABLE)
        db.executemany("INSERT INTO auth_user (id, password, last_login, username, last_name, email, is_active, "
                       "date_joined, first_name) VALUES (?,?,?,?,?,?,?,?,?)", map(sane, range(1, users + 1)))
        db.execute("UPDATE auth_user SET first_name = CAST(zeroblob(1000000) AS text) WHERE id = 7")
        db.execute("UPDATE auth_user SET email = printf('%.*c', 1000000, 'e') WHERE id = 8")
        db.execute("UPDATE auth_user SET password = printf('%.*c', 1000000, 'p') WHERE id = 9")
    db.close()
