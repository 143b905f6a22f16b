#!/usr/bin/env python3
"""A network that breaks between libpq and a server on the same machine.

    proxy.py SOCKET-DIRECTORY FAULT         prints its port, runs until killed

FAULT is one of
    none
    cut:SIDE:BYTES:HOW      the first time that BYTES bytes have come from SIDE
                            (client or server), over all connections
    flaky:LOW:HIGH:SEED     every connection, after LOW to HIGH bytes
    commit:N:WHEN[:BYTES]   the connection of the N-th COMMIT: WHEN is before
                            (it does not arrive), after (its answer does not),
                            inside (BYTES of its answer do), late (the client
                            is cut off, the COMMIT arrives when it has come
                            back)
HOW is close, reset (RST instead of FIN) or stall (nothing moves for a while,
then close).  Clients connect to 127.0.0.1 without TLS.
"""

import pathlib
import random
import select
import socket
import struct
import sys
import threading
import time

COMMIT = b"Q\0\0\0\x0bCOMMIT\0"
STALL_SECONDS = 0.3
# Longer than a client's first two tries to come back.
LATE_SECONDS = 0.4
BLOCK = 65536


class Cut(Exception):
    """The connection ends here."""

    def __init__(self, reset=False, stall=0.0, late=b""):
        super().__init__()
        self.reset = reset
        self.stall = stall
        self.late = late


class Fault:
    """What is to go wrong, and what has passed so far."""

    def __init__(self, text="none"):
        self.kind, *self.arguments = text.split(":")
        self.lock = threading.Lock()
        self.passed = {"client": 0, "server": 0}
        self.commits = 0
        self.done = False
        if self.kind == "flaky":
            self.dice = random.Random(int(self.arguments[2]))

    def budget(self):
        """How many bytes a connection may carry."""
        if self.kind != "flaky":
            return None
        with self.lock:
            return self.dice.randint(int(self.arguments[0]),
                                     int(self.arguments[1]))

    def at_commit(self, data):
        """Count them; where in data is the one that is meant?  -1: nowhere."""
        at = -1
        while (at := data.find(COMMIT, at + 1)) >= 0:
            self.commits += 1
            if self.kind == "commit" and not self.done and \
                    self.commits == int(self.arguments[0]):
                self.done = True
                return at
        return -1

    def over(self, side, size):
        """How many of size bytes more may pass; None: all."""
        self.passed[side] += size
        if self.kind != "cut" or self.done or side != self.arguments[0]:
            return None
        beyond = self.passed[side] - int(self.arguments[1])
        if beyond < 0:
            return None
        self.done = True
        return size - beyond

    def cut(self):
        how = self.arguments[2]
        return Cut(how == "reset", STALL_SECONDS if how == "stall" else 0)


class Connection:
    def __init__(self, fault, client, server):
        self.fault = fault
        self.client = client
        self.server = server
        self.budget = fault.budget()
        self.answer = None  # bytes of the next answer that may pass

    def from_client(self, data):
        with self.fault.lock:
            at = self.fault.at_commit(data)
            passes = self.fault.over("client", len(data))
        if at >= 0:
            self.meet_commit(data, at)
        self.server.sendall(data[:passes])
        if passes is not None:
            raise self.fault.cut()

    def meet_commit(self, data, at):
        when = self.fault.arguments[1]
        if when in ("before", "late"):
            self.server.sendall(data[:at])
            raise Cut(late=data[at:] if when == "late" else b"")
        self.answer = int(self.fault.arguments[2]) if when == "inside" else 0

    def from_server(self, data):
        if self.answer is not None:
            self.client.sendall(data[:self.answer])
            raise Cut()
        with self.fault.lock:
            passes = self.fault.over("server", len(data))
        self.client.sendall(data[:passes])
        if passes is not None:
            raise self.fault.cut()

    def carry(self):
        """Until one end has nothing more to say."""
        while True:
            for end in select.select([self.client, self.server], [], [])[0]:
                data = end.recv(BLOCK)
                if not data:
                    return
                if end is self.client:
                    self.from_client(data)
                else:
                    self.from_server(data)
                if self.budget is not None:
                    self.budget -= len(data)
                    if self.budget < 0:
                        raise Cut(reset=True)

    def end(self, cut):
        time.sleep(cut.stall)
        if cut.reset:
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.client.close()
        if cut.late:
            time.sleep(LATE_SECONDS)
            self.server.sendall(cut.late)
            self.server.recv(BLOCK)

    def run(self):
        try:
            try:
                self.carry()
            except Cut as cut:
                self.end(cut)
        except OSError:
            pass  # an end that was torn off
        finally:
            self.client.close()
            self.server.close()


class Proxy:
    """fault may be set anew while no client is connected."""

    def __init__(self, directory):
        self.server = str(next(
            path for path in pathlib.Path(directory).iterdir()
            if path.name.startswith(".s.PGSQL.") and
            not path.name.endswith(".lock")))
        self.fault = Fault()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def conninfo(self):
        return ("host=127.0.0.1 port=%d sslmode=disable gssencmode=disable"
                % self.port)

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.server)
            except OSError:
                client.close()
                server.close()
                continue
            connection = Connection(self.fault, client, server)
            threading.Thread(target=connection.run, daemon=True).start()

    def close(self):
        self.listener.close()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    proxy = Proxy(sys.argv[1])
    proxy.fault = Fault(sys.argv[2])
    print(proxy.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
