"""A client says goodbye and closes; the server closes some time after it."""

import socket
import sys
import time

with socket.create_server(("127.0.0.1", 9999)) as listener:
    client = socket.create_connection(("127.0.0.1", 9999))
    server, _ = listener.accept()
client.send(b"bye")
server.recv(3)
client.shutdown(socket.SHUT_WR)
time.sleep(float(sys.argv[1]))
server.close()
client.recv(1)
