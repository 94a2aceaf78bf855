"""How much does recv(1024) return, if 3,000 bytes are there?"""

import socket

with socket.create_server(("127.0.0.1", 0)) as listener:
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
sender.sendall(bytes(3000))
sender.close()
while data := receiver.recv(1024):
    print("recv(1024) returned", len(data))
