"""A wall clock of programs that can jump: libfaketime's, as far as a file says. Their monotonic clock goes on as it is."""
import platform
from pathlib import Path

LIBRARY = Path(f"/usr/lib/{platform.machine()}-linux-gnu/faketime/libfaketimeMT.so.1")
# Seconds; the next jump takes the next of them.
JUMPS = ("-3600", "+3600", "-7", "+7")


class Clock:
    """For programs that are started with `environment`; `folder` is for the file."""

    def __init__(self, folder, library=LIBRARY):
        self.can_jump = library.exists()
        self._offset = folder / "clock"
        self._jumps = 0
        self.jump(False)
        self.environment = {
            "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self._offset), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"} if self.can_jump else {}

    def jump(self, on):
        if on:
            self._jumps += 1
        self._offset.write_text(JUMPS[self._jumps % len(JUMPS)] if on else "+0")
