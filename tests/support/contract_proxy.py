"""A recording reverse proxy that holds every Management API exchange to Auth0's contract.

As a library, between any client and the sandbox:

    with ContractProxy(sandbox_url) as proxy:
        ... AUTH0_DOMAIN = proxy.url ...
    proxy.raise_problems()

As a program, for a suite in another process or interpreter (needs the `judges` venv itself):

    contract_proxy.py UPSTREAM [--summary FILE] [--lenient]

prints {"url": ...} when it listens; on SIGTERM or end of stdin it writes the summary and exits with 1 if any
exchange broke the contract. --lenient: an invalid request is fine where it is refused with 4xx, which is what
a suite that sends bad input on purpose wants."""
import argparse
import http.client
import json
import signal
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))
from contract import PREFIX, Contract, Exchange  # noqa: E402

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection"}
BODY_LIMIT = 16 * 1024 * 1024
UPSTREAM_SECONDS = 60


class ContractViolation(AssertionError):
    """At least one exchange broke the contract."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment an answer: with Nagle's algorithm off, small writes would cost a packet each
    disable_nagle_algorithm = True

    def log_message(self, *args):  # what is worth knowing goes into the summary
        pass

    def read_body(self):
        length = int(self.headers.get("content-length") or 0)
        if length > BODY_LIMIT or "transfer-encoding" in self.headers:
            raise ValueError("the proxy takes bodies of known, moderate length only")
        return self.rfile.read(length)

    def relay(self):
        try:
            body = self.read_body()
            status, reason, headers, answer = self.server.proxy.ask(self.command, self.path, self.headers, body)
        except (OSError, ValueError, http.client.HTTPException):
            self.server.proxy.count("cut")
            self.close_connection = True  # as upstream did: the client sees a connection without an answer
            return
        self.server.proxy.record(Exchange(
            self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body,
            status, {k.lower(): v for k, v in headers}, answer))
        self.send_response_only(status, reason)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = relay


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a client that hung up is none of our business


class ContractProxy:
    def __init__(self, upstream, strict_requests=True):
        url = urlsplit(upstream)
        assert url.scheme == "http", "the proxy speaks plain HTTP on loopback"
        self.upstream = (url.hostname, url.port)
        self.strict_requests = strict_requests
        self.contract = Contract()
        self.lock = threading.Lock()
        self.counts = Counter()
        self.exchanges = Counter()  # by operation and status
        self.problems = []          # (exchange, problem), the first few hundred
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.proxy = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def ask(self, method, target, headers, body):
        connection = http.client.HTTPConnection(*self.upstream, timeout=UPSTREAM_SECONDS)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if name.lower() not in HOP_BY_HOP:
                    connection.putheader(name, value)  # Host too: the issuer depends on it
            connection.endheaders(body or None)
            answer = connection.getresponse()
            data = answer.read(BODY_LIMIT + 1)
            if len(data) > BODY_LIMIT:
                raise ValueError("too much")
            return answer.status, answer.reason, answer.getheaders(), data
        finally:
            connection.close()

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def record(self, exchange):
        path = urlsplit(exchange.target).path
        if not path.startswith(PREFIX + "/"):
            return self.count("other")
        if "x-sandbox-fault" in exchange.response_headers:
            return self.count("faults")  # wrong on purpose
        self.contract.judge(exchange, self.strict_requests)
        found = self.contract.find(exchange.method, path[len(PREFIX):])
        operation = f"{exchange.method} {found[0] if found else path}"
        with self.lock:
            self.counts["judged"] += 1
            self.exchanges[f"{operation} {exchange.status}"] += 1
            self.problems += [(str(exchange), problem) for problem in exchange.problems][:200]

    def summary(self):
        with self.lock:
            return {"counts": dict(self.counts), "exchanges": dict(sorted(self.exchanges.items())),
                    "problems": [f"{exchange}: {problem}" for exchange, problem in self.problems]}

    def raise_problems(self):
        summary = self.summary()
        if summary["problems"]:
            shown = "\n  ".join(dict.fromkeys(summary["problems"][:20]))
            raise ContractViolation(f"{len(summary['problems'])} breaches of the contract:\n  {shown}")
        if not summary["counts"].get("judged"):
            raise ContractViolation("nothing went through the proxy")


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("upstream")
    options.add_argument("--summary", type=Path)
    options.add_argument("--lenient", action="store_true")
    given = options.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ContractProxy(given.upstream, strict_requests=not given.lenient) as proxy:
        print(json.dumps({"url": proxy.url}), flush=True)
        try:
            sys.stdin.read()
        except KeyboardInterrupt:
            pass
    return finish(proxy, given.summary)


def finish(proxy, path):
    summary = proxy.summary()
    text = json.dumps(summary, indent=1)
    if path:
        path.write_text(text + "\n")
    else:
        print(text)
    return 1 if summary["problems"] or not summary["counts"].get("judged") else 0


if __name__ == "__main__":
    sys.exit(main())
