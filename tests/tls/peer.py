#!/usr/bin/env python3
"""A TLS peer on Python's ssl module, for the tests of platform/tls.

usage: peer.py client PORT FOLDER NAME ACTION [SIZE]
       peer.py server FOLDER NAME ACTION [SIZE]

NAME.pem, NAME.key and ca.pem lie in FOLDER. A server prints its port first. Actions:
  echo      sends SIZE bytes and wants them back (client); sends back what comes (server)
  close     says a word and ends with close_notify
  cut       says a word and closes the socket without
Prints one line `ok ...` or `failed ...`.
"""
import os
import socket
import ssl
import sys
import threading

DEADLINE = 120  # seconds; the machine may be busy with others


def context_for(purpose, folder, name):
    context = ssl.create_default_context(purpose, cafile=os.path.join(folder, "ca.pem"))
    context.load_cert_chain(os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["http/1.1"])
    return context


def echo_from_client(connection, size):
    """Sends and receives at the same time; the answer must be what was sent."""
    sent = os.urandom(size)
    writer = threading.Thread(target=connection.sendall, args=(sent,))
    writer.start()
    received = bytearray()
    while len(received) < size:
        piece = connection.recv(777)
        if not piece:
            break
        received += piece
    writer.join()
    return bytes(received) == sent


def answer_echo(connection):
    while True:
        piece = connection.recv(1234)
        if not piece:
            return
        connection.sendall(piece)


def end_orderly(connection):
    connection.sendall(b"word")
    connection.setblocking(False)
    try:
        connection.unwrap()  # sends close_notify; the other end's needn't come
    except (ssl.SSLWantReadError, OSError):
        pass


def cut(connection):
    connection.sendall(b"word")
    connection.detach_and_close()


class Connection(ssl.SSLSocket):
    def detach_and_close(self):
        os.close(self.detach())


def act(connection, action, size, is_client):
    if action == "close":
        end_orderly(connection)
    elif action == "cut":
        cut(connection)
    elif is_client:
        if not echo_from_client(connection, size):
            return "failed: what came back is something else"
    else:
        answer_echo(connection)
    return None


def run_client(port, folder, name, action, size):
    context = context_for(ssl.Purpose.SERVER_AUTH, folder, name)
    context.sslsocket_class = Connection
    with socket.create_connection(("127.0.0.1", int(port)), DEADLINE) as plain:
        connection = context.wrap_socket(plain, server_hostname="localhost")
        facts = f"{connection.version()} {connection.cipher()[0]} {connection.selected_alpn_protocol()}"
        return act(connection, action, size, True) or f"ok {facts}"


def run_server(folder, name, action, size):
    context = context_for(ssl.Purpose.CLIENT_AUTH, folder, name)
    context.sslsocket_class = Connection
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        print(listener.getsockname()[1], flush=True)
        plain, _ = listener.accept()
        plain.settimeout(DEADLINE)
        connection = context.wrap_socket(plain, server_side=True)
        subject = dict(pair[0] for pair in connection.getpeercert()["subject"])
        return act(connection, action, size, False) or f"ok {subject['commonName']}"


def main(arguments):
    size = int(arguments.pop()) if arguments and arguments[-1].isdigit() and len(arguments) in (5, 6) else 0
    try:
        if len(arguments) == 5 and arguments[0] == "client":
            said = run_client(*arguments[1:], size)
        elif len(arguments) == 4 and arguments[0] == "server":
            said = run_server(*arguments[1:], size)
        else:
            print(__doc__)
            return 2
    except (OSError, ssl.SSLError) as problem:
        said = f"failed: {problem}"
    print(said, flush=True)
    return 0 if said.startswith("ok") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
