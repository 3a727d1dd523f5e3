"""People who log in and change their passwords, all at once, and the failures at the tenant meanwhile."""

import http.client
import random
import secrets
import threading
import time
import urllib.parse
from collections import Counter
from contextlib import contextmanager

from harness import Refused

PATIENCE = 60
SLOWEST = 6  # times the seconds that a machine with nothing else to do needs


class Browser:
    """One visit: a connection and its cookies."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(
            urllib.parse.urlsplit(url).netloc, timeout=PATIENCE
        )
        # A browser gets it with the form; Django compares the cookie with the field, and no more
        self.cookies = {"csrftoken": secrets.token_hex(16)}

    def post(self, path, **fields):
        """(status, Location or ""), never following."""
        fields["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join("%s=%s" % cookie for cookie in self.cookies.items()),
        }
        self.connection.request("POST", path, urllib.parse.urlencode(fields), headers)
        answer = self.connection.getresponse()
        answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", "")

    def close(self):
        self.connection.close()


class Person:
    """What this person knows. Changes are made one after the other; logins at any time.

    But nobody is at the site while they change their password at the tenant: of two passwords set on
    both sides at the same moment nobody can say which is the last.
    """

    def __init__(self, name, password):
        self.name = name
        self.email = "%s@people.example" % name
        self.changing = threading.Lock()
        self.password = password  # the last that either side has acknowledged
        self.pending = None  # sent, not acknowledged yet
        self.dead = []  # replaced on the site: (password, when that was acknowledged)
        self.stale = []  # replaced at the tenant: during an outage the site cannot know
        self.history = []  # of changes, for whoever reads a failure
        self._visits = 0
        self._away = False
        self._moved = threading.Condition()

    @contextmanager
    def at_the_site(self):
        """Any number at a time."""
        with self._moved:
            self._moved.wait_for(lambda: not self._away)
            self._visits += 1
        try:
            yield
        finally:
            with self._moved:
                self._visits -= 1
                self._moved.notify_all()

    @contextmanager
    def at_the_tenant(self):
        """Alone: after every visit to the site, and before the next."""
        with self._moved:
            self._moved.wait_for(lambda: not self._away)
            self._away = True
            self._moved.wait_for(lambda: self._visits == 0)
        try:
            yield
        finally:
            with self._moved:
                self._away = False
                self._moved.notify_all()

    def note(self, what):
        self.history.append("%s %s" % (time.strftime("%H:%M:%S"), what))


def new_password():
    return "Stress-%s-Aa1" % secrets.token_hex(8)


class Crowd:
    def __init__(self, url, tenant, people, seed):
        self.url = url
        self.tenant = tenant
        self.people = people
        self.random = random.Random(seed)
        self.over = threading.Event()
        self.seen = Counter()
        self.wrong = []  # what must never happen

    def run(self, threads, seconds, enough):
        """For so long, and on a slow machine until so much has happened that it says something."""
        crowd = [threading.Thread(target=self._mill_about) for _ in range(threads)]
        failures = threading.Thread(target=self._failures)
        for thread in [*crowd, failures]:
            thread.start()
        ends = time.monotonic() + SLOWEST * seconds
        self.over.wait(seconds)
        while not enough() and time.monotonic() < ends:
            self.over.wait(1)
        self.over.set()
        for thread in [*crowd, failures]:
            thread.join(PATIENCE * 2)
            if thread.is_alive():
                self.wrong.append("a request has not ended")
        self.calm()

    def calm(self):
        self.tenant.clear_faults()

    # --- people

    def _mill_about(self):
        deeds = [self.log_in] * 6 + [self.mistype] + [self.use_an_old_one] + [self.change] * 3
        deeds += [self.change_at_the_tenant]
        while not self.over.is_set():
            person, deed = self.random.choice(self.people), self.random.choice(deeds)
            try:
                deed(person)
            except Exception as error:
                self.wrong.append("%s of %s: %r" % (deed.__name__, person.name, error))

    def post(self, browser, path, **fields):
        status, location = browser.post(path, **fields)
        if status not in (200, 302):
            self.wrong.append("%s answered %d" % (path, status))
        self.seen["HTTP %d" % status] += 1
        return status, location

    def enter(self, person, password, browser=None):
        """Does the site let them in? By name or by e-mail, as people do."""
        mine = browser or Browser(self.url)
        try:
            name = self.random.choice([person.name, person.email])
            with person.at_the_site():
                status, _ = self.post(mine, "/login/", username=name, password=password)
            return status == 302
        finally:
            if browser is None:
                mine.close()

    def log_in(self, person):
        password = self.random.choice([person.password, person.pending or person.password])
        self.seen["logged in" if self.enter(person, password) else "not let in"] += 1

    def mistype(self, person):
        if self.enter(person, new_password()):
            self.wrong.append("%s was let in with a password nobody ever set" % person.name)

    def use_an_old_one(self, person):
        if person.dead:
            password, since = self.random.choice(person.dead)
            if self.enter(person, password):
                self.wrong.append(
                    "%s was let in with a password replaced %.1f s before"
                    % (person.name, time.monotonic() - since)
                )
            self.seen["old password tried"] += 1

    def change(self, person):
        with person.changing:
            browser = Browser(self.url)
            try:
                if not self.enter(person, person.password, browser):
                    return
                new = person.pending = new_password()
                fields = {"old_password": person.password, "new_password1": new, "new_password2": new}
                with person.at_the_site():
                    status, location = self.post(browser, "/change/", **fields)
                if status == 302 and location == "/changed/":
                    person.dead.append((person.password, time.monotonic()))
                    person.dead.extend((old, time.monotonic()) for old in person.stale)
                    person.stale.clear()
                    person.password = new
                    person.note("changed on the site")
                    self.seen["changed on the site"] += 1
                else:
                    self.seen["change not taken"] += 1
            finally:
                person.pending = None
                browser.close()

    def change_at_the_tenant(self, person):
        with person.changing:
            there = self.found_there(person)
            if there is None:
                return  # has not moved yet
            new = new_password()
            with person.at_the_tenant():
                self.stubbornly(self.tenant.set_password, there["user_id"], new)
                person.stale.append(person.password)
                person.password = new
            person.note("changed at the tenant")
            self.seen["changed at the tenant"] += 1

    def found_there(self, person):
        query = "/users-by-email?email=" + urllib.parse.quote(person.email)
        found = self.stubbornly(self.tenant.api, "GET", query)
        return found[0] if found else None

    def stubbornly(self, call, *arguments):
        """The tenant's own pages are struck by the same failures; whoever uses them tries again."""
        while True:
            try:
                return call(*arguments)
            except (OSError, http.client.HTTPException, Refused):
                time.sleep(0.05)

    # --- failures

    def _failures(self):
        """Bad and good by turns. The bad kinds are those a network and a tenant really have."""
        kinds = [
            {"delay_ms": 300},
            {"status": 503},
            {"status": 500, "execute": True},
            {"drop": True},
            {"drop": True, "execute": True},
            {"cut_at": 20, "execute": True},
            {"status": 429, "headers": {"Retry-After": "1"}},
            {"kind": "html"},
        ]
        places = ["/oauth/token", "/api/v2/users", "/"]
        while not self.over.is_set():
            kind, place = self.random.choice(kinds), self.random.choice(places)
            self.tenant.fault(place, **kind)
            self.seen["failures " + " ".join("%s=%s" % item for item in sorted(kind.items()))] += 1
            self.over.wait(self.random.uniform(0.1, 1))
            self.calm()
            self.over.wait(self.random.uniform(0.1, 1))
