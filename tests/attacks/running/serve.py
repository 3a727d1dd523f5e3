"""The site in a process of its own, with a thread a request, or as one sync worker (SITE_WORKER=sync). Prints its
port once it listens."""

import os
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.handlers import BaseHandler
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.core.wsgi import get_wsgi_application  # noqa: E402


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class SyncWorker(WSGIServer):
    request_queue_size = 64


class Handler(WSGIRequestHandler):
    def address_string(self):  # no look-up of names
        return self.client_address[0]


kind = SyncWorker if os.environ.get("SITE_WORKER") == "sync" else Server
BaseHandler.os_environ = {}  # a request is not told the environment of the process, which has the tenant's secret
server = make_server(
    "127.0.0.1", 0, get_wsgi_application(), server_class=kind, handler_class=Handler
)
print(server.server_port, flush=True)
server.serve_forever()
