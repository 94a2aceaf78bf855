"""An asyncio handler raises on bad data. Does the server end?"""

import asyncio
import socket


async def handle(reader, writer):
    line = await reader.readline()
    writer.write(b"ECHO: " + line.decode("utf-8").encode())
    writer.close()


async def ask(data, patience):
    reader, writer = await asyncio.open_connection("127.0.0.1", 9995)
    writer.write(data)
    answer = await asyncio.wait_for(reader.read(), patience)
    writer.close()
    return answer


async def main():
    async with await asyncio.start_server(handle, "127.0.0.1", 9995):
        for _ in range(10):
            try:
                await ask(b"\xff\n", 0.2)
            except TimeoutError:
                pass
        print("ten clients with bad data, and then one with good data:")
        print(await ask(b"Hello\n", 10))


asyncio.run(main())
