"""A disk for snapshots that can be full or slow."""
import os
import subprocess

SIZE = 150_000_000
# How long a flush takes while the disk is slow, in milliseconds.
SLOW_MS = 1500


class Disk:
    """A small file system of its own at `folder`, if this process may make one.

    `library` slows flushes of programs down that are started with `environment`: as many milliseconds as its file says.
    """

    def __init__(self, folder, library):
        self.folder = folder
        folder.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "livedata-chaos", folder],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.can_be_full = made.returncode == 0
        self.can_be_slow = library is not None and library.exists()
        self._ballast = folder / "ballast"
        self._delay = folder.parent / "slow-disk"
        self._delay.write_text("0")
        self.environment = {"LD_PRELOAD": str(library), "SLOW_DISK": str(self._delay)} if self.can_be_slow else {}

    def full(self, on):
        if not on:
            self._ballast.unlink(missing_ok=True)
            return
        with open(self._ballast, "wb", buffering=0) as f:
            for piece in (1 << 20, 1 << 12):
                try:
                    while f.write(bytes(piece)) == piece:
                        pass
                except OSError:
                    pass

    def slow(self, on):
        self._delay.write_text(str(SLOW_MS if on else 0))

    def close(self):
        if self.can_be_full and os.path.ismount(self.folder):
            subprocess.run(["umount", "-l", self.folder], check=False)
