"""Keeps every file that is made below a folder, so that it can be read after whoever made it has deleted it.

A new file gets a second name (a hard link) in another folder of the same disk. inotify says when; what is
gone again before we hear of it cannot be kept, and is counted.
"""
import ctypes
import os
import re
import select
import stat
import struct
import threading
from pathlib import Path

CLOSE_WRITE, MOVED_TO, CREATE, OVERFLOW, IS_FOLDER = 0x8, 0x80, 0x100, 0x4000, 0x40000000
ONLY_FOLDERS, DONT_FOLLOW = 0x01000000, 0x02000000
EVENT = struct.Struct("iIII")
# Pages of a database on their way into it, which is kept; there are thousands of these
NOT_KEPT = re.compile(r"-journal$")


class KeptFiles:
    """`closed(path, kept)` is called, in a thread of ours, each time that somebody has written to a file."""

    def __init__(self, folder, kept, closed):
        self.folder, self.kept, self.closed = Path(folder), Path(kept), closed
        self.files = {}  # (device, inode): (its first path, the name it is kept by)
        self.folders = {}  # inotify's number: path
        self.missed = 0
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.over = threading.Event()

    def start(self):
        self.queue = self.libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self.queue < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        self._look_into(self.folder)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.over.set()
        self.thread.join()
        os.close(self.queue)

    def holds(self, path):
        return any(first == str(path) for first, _ in list(self.files.values()))

    def _run(self):
        ready = select.poll()
        ready.register(self.queue, select.POLLIN)
        while not self.over.is_set():
            if ready.poll(200):
                self._read()

    def _read(self):
        data, at = os.read(self.queue, 1 << 16), 0
        while at < len(data):
            number, what, _, length = EVENT.unpack_from(data, at)
            name = data[at + EVENT.size:at + EVENT.size + length].rstrip(b"\0")
            at += EVENT.size + length
            if what & OVERFLOW:
                self._look_into(self.folder)
            elif name and number in self.folders:
                self._heard(os.path.join(self.folders[number], os.fsdecode(name)), what)

    def _heard(self, path, what):
        if what & IS_FOLDER:
            self._look_into(path)
        else:
            self._keep(path, written=what & CLOSE_WRITE)

    def _look_into(self, folder):
        """A folder that is new to us may have been filled meanwhile."""
        what = CREATE | MOVED_TO | CLOSE_WRITE | ONLY_FOLDERS | DONT_FOLLOW
        number = self.libc.inotify_add_watch(self.queue, os.fsencode(folder), what)
        if number < 0:
            self.missed += ctypes.get_errno() != 20  # not a folder: a link to one
            return
        self.folders[number] = str(folder)
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                self._look_into(entry.path)
            else:
                self._keep(entry.path, written=True)

    def _keep(self, path, written):
        if NOT_KEPT.search(path):
            return
        try:
            state = os.lstat(path)
            if not stat.S_ISREG(state.st_mode):
                return
            key = (state.st_dev, state.st_ino)
            if key not in self.files:
                kept = self.kept / str(len(self.files))
                os.link(path, kept, follow_symlinks=False)
                self.files[key] = (path, kept)
            if written:
                self.closed(path, self.files[key][1])
        except OSError:
            self.missed += 1
