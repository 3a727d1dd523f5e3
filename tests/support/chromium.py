"""A real browser, headless: Debian's Chromium, driven by its chromedriver over W3C WebDriver. Standard library alone.

    with Chromium() as browser:
        browser.open(url)
        browser.type("#new", "secret")
        browser.click("button")
        assert "changed" in browser.text

It reaches loopback and nothing else, and leaves nothing behind. missing() says what is not installed."""
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

DEADLINE = 60  # seconds; a loaded machine starts Chromium slowly
PROGRAMS = {"chromium": "chromium", "chromedriver": "chromium-driver"}  # and the packages they are in
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name WebDriver gives a reference to an element
PAGE_WENT_AWAY = ("stale element", "does not belong to the document")  # between finding an element and using it


def missing():
    """The Debian packages that a browser needs and that are not there."""
    return [package for program, package in PROGRAMS.items() if not shutil.which(program)]


class ChromiumError(Exception):
    """What the driver said: "no such element", "timeout", ..."""


class Chromium:
    def __init__(self, scripts=True, trusts_anybody=False, no_cookies_of=None):
        """trusts_anybody: certificates that nobody has signed, a sandbox's, are good. no_cookies_of: the address
        of a site whose cookies are switched off."""
        self.folder = tempfile.TemporaryDirectory(prefix="auth0db-browser-", ignore_cleanup_errors=True)
        # An ASan build's runtime is preloaded for Python only; its own home, so that nobody's profile is touched
        env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        env.update(HOME=self.folder.name, TMPDIR=self.folder.name)
        self.session = None
        try:
            self.base = f"http://127.0.0.1:{self._start(env)}/session"
            made = self._call("POST", "", {"capabilities": {"alwaysMatch": {
                **self._wishes(scripts, no_cookies_of), "acceptInsecureCerts": trusts_anybody}}})
            self.session = made["sessionId"]
        except BaseException:
            self.close()
            raise

    def _start(self, env, tries=5):
        """The driver's port. It takes a free one of IPv6 and wants the same of IPv4, which somebody else may have."""
        said = []
        for _ in range(tries):
            self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdin=subprocess.DEVNULL, text=True, env=env,
                                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
            for line in self.driver.stdout:
                said.append(line)
                match = re.search(r"on port (\d+)\.", line)
                if match:
                    return int(match.group(1))
            self.driver.wait(DEADLINE)
            self.driver.stdout.close()
        raise ChromiumError("chromedriver did not start: " + "".join(said))

    def _wishes(self, scripts, no_cookies_of):
        arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--window-size=1000,800",
                     f"--user-data-dir={self.folder.name}/profile",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # Chromium's own does not work for root
        preferences = {"credentials_enable_service": False, "profile.password_manager_leak_detection": False}
        if not scripts:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        if no_cookies_of:
            preferences["profile.content_settings.exceptions.cookies"] = {no_cookies_of + ",*": {"setting": 2}}
        return {"pageLoadStrategy": "normal", "goog:loggingPrefs": {"browser": "ALL"},
                "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": arguments, "prefs": preferences}}

    def _call(self, method, path, body=None):
        at = self.base + (f"/{self.session}" if self.session else "") + path
        data = json.dumps({} if body is None else body).encode() if method == "POST" else None
        request = urllib.request.Request(at, data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            with error:
                value = json.loads(error.read())["value"]
            raise ChromiumError(f"{value['error']}: {value['message'].splitlines()[0]}") from None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Ends the browser and its driver, whatever state they are in."""
        try:
            if self.session:
                self._call("DELETE", "")
        except (OSError, ValueError, ChromiumError):
            pass
        self.session = None
        try:
            os.killpg(self.driver.pid, signal.SIGKILL)  # its own session: Chromium's processes are in it
        except ProcessLookupError:
            pass
        self.driver.wait()
        self.driver.stdout.close()
        self.folder.cleanup()

    # ---- what a person does ----

    def open(self, url):
        self._call("POST", "/url", {"url": url})
        return self

    def click(self, selector):
        """The element, by CSS; a link also by the text on it: click("=Reset your password")."""
        self._steadily(lambda: self._call("POST", f"/element/{self._find(selector)}/click"))

    def type(self, selector, text):
        """Into a field, in place of what is there."""
        def act():
            element = self._find(selector)
            self._call("POST", f"/element/{element}/clear")
            self._call("POST", f"/element/{element}/value", {"text": text})
        self._steadily(act)

    def keys(self, text):
        """To whatever has the focus, as a keyboard does."""
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": kind, "value": each} for each in text for kind in ("keyDown", "keyUp")]}]})

    def back(self):
        self._call("POST", "/back")

    def forget(self, prefix):
        """The page's cookies whose names begin so."""
        for each in self._call("GET", "/cookie"):
            if each["name"].startswith(prefix):
                self._call("DELETE", "/cookie/" + each["name"])

    def resize(self, width, height):
        self._call("POST", "/window/rect", {"width": width, "height": height})

    def _steadily(self, act):
        """Again, where the page went away between the look and the act."""
        for _ in range(100):
            try:
                return act()
            except ChromiumError as error:
                if not any(words in str(error) for words in PAGE_WENT_AWAY):
                    raise
                time.sleep(0.05)
        raise ChromiumError("the page does not come to rest")

    def _find(self, selector):
        using = "link text" if selector.startswith("=") else "css selector"
        found = self.until(lambda: self._call("POST", "/elements", {"using": using, "value": selector.lstrip("=")}),
                           f"no {selector} on {self.url.partition('?')[0]}: {self.text}")
        return found[0][ELEMENT]

    def until(self, check, why="it did not happen"):
        """Waits for check() to be true, and returns what it says."""
        ends = time.monotonic() + DEADLINE
        while True:
            value = check()
            if value:
                return value
            if time.monotonic() > ends:
                raise ChromiumError(why)
            time.sleep(0.05)

    # ---- what a person sees ----

    @property
    def url(self):
        return self._call("GET", "/url")

    @property
    def title(self):
        return self._call("GET", "/title")

    @property
    def text(self):
        def read():
            bodies = self._call("POST", "/elements", {"using": "css selector", "value": "body"})
            return self._call("GET", f"/element/{bodies[0][ELEMENT]}/text") if bodies else ""
        return self._steadily(read)

    @property
    def focused(self):
        """The id of the element that keys go to."""
        def read():
            active = self._call("GET", "/element/active")[ELEMENT]
            return self._call("GET", f"/element/{active}/property/id")
        return self._steadily(read)

    def css(self, selector, name):
        """A computed style, as the eye has it."""
        return self._steadily(lambda: self._call("GET", f"/element/{self._find(selector)}/css/{name}"))

    def names(self, selector):
        """What a screen reader says of each such element."""
        found = self._call("POST", "/elements", {"using": "css selector", "value": selector})
        return [self._call("GET", f"/element/{each[ELEMENT]}/computedlabel") for each in found]

    def complaints(self):
        """What stands in the browser's console since the last look: blocked styles, refused forms, broken links."""
        return [entry["message"] for entry in self._call("POST", "/se/log", {"type": "browser"})]

    def screenshot(self, path):
        with open(path, "wb") as out:
            out.write(base64.b64decode(self._call("GET", "/screenshot")))
