"""A proxy between players and a relay that has its own ideas of when, and whether, the relay's frames are handed on."""
import asyncio
import socket
import threading
import time


async def frame_of(reader):
    """One unmasked WebSocket frame, whole, header and all."""
    head = await reader.readexactly(2)
    length = head[1] & 127
    if length >= 126:
        more = await reader.readexactly(2 if length == 126 else 8)
        head, length = head + more, int.from_bytes(more, "big")
    return head + await reader.readexactly(length)


class Line:
    """Passes all bytes on, each way so many seconds later."""

    def __init__(self, address, one_way):
        self.target, self.one_way = address, one_way
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address = self.listener.getsockname()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()

    async def _serve(self):
        server = await asyncio.start_server(self._connected, sock=self.listener)
        await server.serve_forever()

    async def _connected(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection(*self.target)
        for one in (writer, far_writer):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def _pass(self, reader, writer):
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(65536):
                loop.call_later(self.one_way, writer.write, data)
        except OSError:
            pass
        loop.call_later(self.one_way, writer.close)


class Proxy:
    """Passes everything on, but asks of each frame of the relay. `late(seconds)`: how much longer a frame is to wait, so many
    seconds after the start; order is kept. `lost(number)`: whether a connection's frame with this number, from 1, is swallowed."""

    def __init__(self, address, *, late=lambda seconds: 0, lost=lambda number: False):
        self.address, self.late, self.lost = address, late, lost
        self.began = time.monotonic()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = "ws://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()

    async def _serve(self):
        server = await asyncio.start_server(self._connected, sock=self.listener)
        await server.serve_forever()

    async def _connected(self, reader, writer):
        relay_reader, relay_writer = await asyncio.open_connection(*self.address)
        for one in (writer, relay_writer):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(self._up(reader, relay_writer), self._down(relay_reader, writer))

    @staticmethod
    async def _up(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except OSError:
            pass
        writer.close()

    async def _down(self, reader, writer):
        try:
            writer.write(await reader.readuntil(b"\r\n\r\n"))
            number = 0
            while True:
                frame = await frame_of(reader)
                number += 1
                if wait := self.late(time.monotonic() - self.began):
                    await asyncio.sleep(wait)
                if not self.lost(number):
                    writer.write(frame)
        except (OSError, asyncio.IncompleteReadError):
            pass
        writer.close()


class Cable:
    """Passes all bytes on, and can be cut, silenced (nothing passes, and neither side is told) and mended."""

    def __init__(self, address):
        self.target = address
        self.is_cut, self.flows = False, asyncio.Event()
        self.flows.set()
        self.writers = set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = "ws://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=lambda: self.loop.run_until_complete(self._serve()), daemon=True).start()

    def cut(self):
        """Resets both ends of what is there, and of what comes."""
        self.loop.call_soon_threadsafe(self._cut)

    def silence(self):
        self.loop.call_soon_threadsafe(self.flows.clear)

    def mend(self):
        self.loop.call_soon_threadsafe(self._mend)

    def _cut(self):
        self.is_cut = True
        for writer in self.writers:
            writer.transport.abort()

    def _mend(self):
        self.is_cut = False
        self.flows.set()

    async def _serve(self):
        server = await asyncio.start_server(self._connected, sock=self.listener)
        await server.serve_forever()

    async def _connected(self, reader, writer):
        if self.is_cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self.writers |= both
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        self.writers -= both

    async def _pass(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await self.flows.wait()
                writer.write(data)
        except OSError:
            pass
        await self.flows.wait()
        writer.close()
