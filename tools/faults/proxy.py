"""A network between two programs that can break: TCP from one port to another on this machine."""
import asyncio
import threading

CHUNK = 65536
# How long each chunk takes while the network is slow, in seconds.
DELAY = 0.1


class Proxy:
    """Forwards connections to `target`, a port that is set later, in a thread of its own. `port` is where it listens."""

    def __init__(self):
        self.target = None
        self.port = None
        self._loop = asyncio.new_event_loop()
        self._writers = set()
        self._cut = False
        self._delay = 0.0
        self._passing = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def cut(self, on):
        """Closes all connections, and each new one at once."""
        self._do(self._set_cut, on)

    def stall(self, on):
        """Passes nothing on, and keeps connections open."""
        self._do(self._passing.clear if on else self._passing.set)

    def slow(self, on):
        self._do(self._set_delay, DELAY if on else 0.0)

    def close(self):
        self._do(self._loop.stop)
        self._thread.join()

    def _do(self, action, *args):
        self._loop.call_soon_threadsafe(action, *args)

    def _set_cut(self, on):
        self._cut = on
        if on:
            for w in list(self._writers):
                w.transport.abort()

    def _set_delay(self, delay):
        self._delay = delay

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._passing = asyncio.Event()
        self._passing.set()
        server = self._loop.run_until_complete(asyncio.start_server(self._connect, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _connect(self, reader, writer):
        if self._cut or self.target is None:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._writers |= ends
        try:
            await asyncio.wait([asyncio.ensure_future(self._pump(reader, far_writer)),
                                asyncio.ensure_future(self._pump(far_reader, writer))],
                               return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._writers -= ends
            for w in ends:
                w.transport.abort()

    async def _pump(self, reader, writer):
        try:
            while data := await reader.read(CHUNK):
                await self._passing.wait()
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
