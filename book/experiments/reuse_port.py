"""Two listeners share a port. Who gets the clients, and who those of a listener that closes?"""

import socket


def listener():
    new = socket.socket()
    new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    new.bind(("127.0.0.1", 9997))
    new.listen(256)
    new.setblocking(False)
    return new


def accepted_by(one):
    connections = []
    while True:
        try:
            connections.append(one.accept()[0])
        except BlockingIOError:
            return connections


first, second = listener(), listener()
clients = [socket.create_connection(("127.0.0.1", 9997)) for _ in range(200)]
counts = [len(accepted_by(first)), len(accepted_by(second))]
print("accepted in all:     ", sum(counts))
print("each has a good part:", min(counts) > 50)

waiting = [socket.create_connection(("127.0.0.1", 9997)) for _ in range(200)]
first.close()  # nobody has accepted those in its queue
reset = 0
for client in waiting:
    client.settimeout(0.01)
    try:
        client.recv(1)
    except ConnectionResetError:
        reset += 1
    except TimeoutError:
        pass
print("lost with its queue: ", reset > 50)
