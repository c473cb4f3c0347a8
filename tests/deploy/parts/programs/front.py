"""Lets terminals in to what listens on the controller's loopback: python front.py ADDRESS PORT..."""

import asyncio
import contextlib
import sys

CHUNK_BYTES = 65_536


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):  # a terminal that was cut off, or a fault of the box
        while data := await source.read(CHUNK_BYTES):
            target.write(data)
            await target.drain()
    target.close()


async def _open(address: str, port: int) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pour(reader, back), _pour(inside, writer))

    return await asyncio.start_server(serve, address, port)


async def _main(address: str, ports: list[str]) -> None:
    servers = [await _open(address, int(port)) for port in ports]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2:]))
