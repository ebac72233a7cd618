"""A TCP proxy that holds back every byte for half of a round trip: delay_proxy.py TARGET_PORT ROUND_TRIP_MS.

Prints the port that it listens on. Bandwidth is not limited.
"""
import queue
import socket
import sys
import threading
import time


def read(source, line, delay):
    while True:
        data = source.recv(1 << 20)
        line.put((time.monotonic() + delay, data))
        if not data:
            return


def write(target, line):
    while True:
        due, data = line.get()
        time.sleep(max(0.0, due - time.monotonic()))
        if not data:
            target.shutdown(socket.SHUT_WR)
            return
        target.sendall(data)


def quietly(function, *arguments):
    try:
        function(*arguments)
    except OSError:
        pass


def serve(client, port, delay):
    server = socket.create_connection(("127.0.0.1", port))
    for source, target in ((client, server), (server, client)):
        source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = queue.Queue()
        threading.Thread(target=quietly, args=(read, source, line, delay), daemon=True).start()
        threading.Thread(target=quietly, args=(write, target, line), daemon=True).start()


def main():
    port, delay = int(sys.argv[1]), float(sys.argv[2]) / 2000
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        serve(client, port, delay)


main()
