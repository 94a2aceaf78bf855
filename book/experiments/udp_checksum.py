"""One datagram with a right checksum, one with a wrong one, one with none. Who arrives?"""

import socket
import struct

HOST = socket.inet_aton("127.0.0.1")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def datagram(payload, change):
    length = 8 + len(payload)
    pseudo = HOST + HOST + struct.pack("!BBH", 0, socket.IPPROTO_UDP, length)
    header = struct.pack("!HHHH", 5000, 9090, length, 0)
    return struct.pack("!HHHH", 5000, 9090, length, change(checksum(pseudo + header + payload))) + payload


receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 9090))
receiver.settimeout(0.3)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
for name, change in [("right", lambda it: it), ("wrong", lambda it: it ^ 1), ("none", lambda it: 0)]:
    raw.sendto(datagram(b"Hello!", change), ("127.0.0.1", 0))
    try:
        print(f"{name}:", receiver.recv(1024))
    except TimeoutError:
        print(f"{name}: nothing came")
