#!/usr/bin/env python3
"""A way to the server on which the answer to one COMMIT is lost.

cut_commit.py DIRECTORY SOCKET TEXT: listens in DIRECTORY, forwards to SOCKET,
and ends the first session whose transaction has said TEXT when the server
answers its COMMIT.
"""
import os
import socket
import sys
import threading

directory, target, text = sys.argv[1], sys.argv[2], sys.argv[3].encode()
cuts = threading.Semaphore(1)


def serve(client):
    server = socket.socket(socket.AF_UNIX)
    server.connect(target)
    lost = threading.Event()

    def answer():
        while data := server.recv(65536):
            if lost.is_set():
                print("cut", flush=True)
                break
            client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)

    threading.Thread(target=answer, daemon=True).start()
    said = False
    while data := client.recv(65536):
        said = said or text in data
        if said and b"COMMIT" in data and cuts.acquire(blocking=False):
            lost.set()
        server.sendall(data)
    server.close()


listener = socket.socket(socket.AF_UNIX)
listener.bind(os.path.join(directory, ".s.PGSQL.5432"))
listener.listen(16)
print("ready", flush=True)
while True:
    threading.Thread(
        target=serve, args=(listener.accept()[0],), daemon=True
    ).start()
