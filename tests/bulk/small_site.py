"""A small Django site in SQLite, without Django: the stock auth_user, hashes of real passwords."""
import base64
import hashlib
import sqlite3

CREATE = """CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    password varchar(128) NOT NULL, last_login datetime NULL, is_superuser bool NOT NULL,
    username varchar(150) NOT NULL UNIQUE, last_name varchar(150) NOT NULL, email varchar(254) NOT NULL,
    is_staff bool NOT NULL, is_active bool NOT NULL, date_joined datetime NOT NULL,
    first_name varchar(150) NOT NULL)"""
COLUMNS = ("id", "password", "last_login", "is_superuser", "username", "last_name", "email", "is_staff",
           "is_active", "date_joined", "first_name")


def password_of(i):
    return f"right horse {i}"


def pbkdf2(password, salt, iterations=10, algorithm="sha256"):
    digest = hashlib.pbkdf2_hmac(algorithm, password.encode(), salt.encode(), iterations)
    return f"pbkdf2_{algorithm}${iterations}${salt}${base64.b64encode(digest).decode()}"


def sha1(password, salt):
    return f"sha1${salt}${hashlib.sha1((salt + password).encode()).hexdigest()}"


def user(i, **changes):
    """Row number i of a site: everything about it can be told from i."""
    row = {"id": i, "password": pbkdf2(password_of(i), f"salt{i:018d}") if i % 3 else
           sha1(password_of(i), f"salt{i}"), "last_login": None, "is_superuser": False,
           "username": f"user{i}", "last_name": f"Last {i}", "email": f"User{i}@example.org",
           "is_staff": False, "is_active": True, "date_joined": "2024-05-06 07:08:09.000001",
           "first_name": "Zoë" if i % 5 == 0 else f"First {i}"}
    row.update(changes)
    return row


def make(path, rows):
    db = sqlite3.connect(path)
    db.execute(CREATE)
    add(db, rows)
    return db


def add(db, rows):
    marks = ", ".join("?" * len(COLUMNS))
    db.executemany(f"INSERT INTO auth_user ({', '.join(COLUMNS)}) VALUES ({marks})",
                   [tuple(row[name] for name in COLUMNS) for row in rows])
    db.commit()
