"""A proxy that speaks https in front of a site that speaks http, as most sites have one: the site is told by a header.

    with HttpsProxy(site.url) as proxy:
        browser.open(proxy.url + "/")        # a certificate that nobody has signed
"""
import http.client
import ssl
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "upgrade"}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def relay(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        sent = {name: value for name, value in self.headers.items()
                if name.lower() not in HOP and name.lower() != "x-forwarded-proto"}
        upstream.request(self.command, self.path, body, {**sent, "X-Forwarded-Proto": "https"})
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        self.send_response(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP | {"date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_HEAD = relay


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A browser that goes away, or does not trust the certificate yet, is nothing to say."""


class HttpsProxy:
    def __init__(self, url):
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.upstream = urlsplit(url).netloc
        with tempfile.TemporaryDirectory(prefix="auth0db-proxy-") as folder:
            key, certificate = Path(folder) / "proxy.key", Path(folder) / "certificate.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                            "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                           check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
        # The handshake is each connection's own thread's: a browser opens some that say nothing
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
