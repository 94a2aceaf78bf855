"""A server shuts down reading. What does the client notice, and what happens to its bytes?"""

import socket
import time

with socket.create_server(("127.0.0.1", 0)) as listener:
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()

server.shutdown(socket.SHUT_RD)
for _ in range(3):
    print("the client wrote", client.send(b"hello"), "bytes")
    time.sleep(0.1)
print("the server read ", server.recv(1024))
print("and once more   ", server.recv(1024))
