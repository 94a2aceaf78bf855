"""The echo server of the sources: the prefix stands in front of whatever one recv returns."""

import socket
import threading


def serve(listener):
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(1024):
            connection.sendall(b"ECHO: " + data)


PIECES = [b"He", b"ll", b"o ", b"Wor", b"ld"]

with socket.create_server(("127.0.0.1", 9999)) as listener:
    client = socket.create_connection(("127.0.0.1", 9999))
    for piece in PIECES:
        client.send(piece)
    threading.Thread(target=serve, args=[listener]).start()  # it reads when all pieces are there
    print("all at once:  ", client.recv(1024))
    client.close()

with socket.create_server(("127.0.0.1", 9999)) as listener:
    threading.Thread(target=serve, args=[listener]).start()
    client = socket.create_connection(("127.0.0.1", 9999))
    answers = []
    for piece in PIECES:
        client.send(piece)
        answers.append(client.recv(1024))  # the next piece goes when this one was answered
    print("one by one:   ", b"".join(answers))
    client.close()
