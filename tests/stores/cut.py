"""A way to a server that breaks."""
import socket
import threading


class Cut:
    """with Cut(port, after=N) as way: way.port leads to `port` on loopback, until N bytes in all have gone to the
    client (towards="client") or to the server; then every connection is cut, and none is made any more.
    `at`: the port, where a site is to find the same way again."""

    def __init__(self, port, after, towards="client", at=0):
        self.to, self.left, self.towards = port, after, towards
        self.lock, self.ends = threading.Lock(), []
        self.listener = socket.create_server(("127.0.0.1", at))
        self.port = self.listener.getsockname()[1]

    @property
    def happened(self):
        return self.left <= 0

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._cut()

    def _cut(self):
        with self.lock:
            ends, self.ends = [self.listener, *self.ends], []
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            with self.lock:
                self.ends += [client, server]
            for way in ((client, server, "server"), (server, client, "client")):
                threading.Thread(target=self._carry, args=way, daemon=True).start()

    def _carry(self, source, target, towards):
        try:
            while True:
                data = source.recv(4096)
                if towards == self.towards:
                    with self.lock:
                        self.left -= len(data)
                    if self.happened:
                        return self._cut()
                if not data:
                    return target.shutdown(socket.SHUT_WR)
                target.sendall(data)
        except OSError:
            return
