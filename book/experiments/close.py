"""A server that closes some time after its client did."""

import socket
import sys
import time

with socket.create_server(("127.0.0.1", 9999)) as listener:
    client = socket.create_connection(("127.0.0.1", 9999))
    server, _ = listener.accept()
client.shutdown(socket.SHUT_WR)
server.recv(1)
time.sleep(float(sys.argv[1]))
server.close()
client.recv(1)
