"""Runs bnfit in this process with a fault at the Nth operation on a file: `fault_driver.py LOG WHAT N WORD...`.

An operation opens a file in the working folder, renames, links, removes, truncates or makes one, or flushes one to
disk, which comes right after it was written. LOG gets the name of each. WHAT is "kill", "fail" (the Nth operation alone
fails) or "full" (all that write fail from the Nth on).
"""

import errno
import os
import signal
import sys
from pathlib import Path

CHANGES = ("os.rename", "os.link", "os.remove", "os.truncate", "os.mkdir", "os.rmdir")


class Faults:
    """Counts operations, and lets one of them fail."""

    def __init__(self, log, what, number):
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.what, self.number, self.count, self.here = what, number, 0, os.path.realpath(".")

    def operation(self, name, writes):
        self.count += 1
        os.write(self.log, f"{name}\n".encode())
        if self.what == "full" and writes and self.count >= self.number:
            raise OSError(errno.ENOSPC, "No space left on device")
        if self.count != self.number:
            return
        if self.what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.what == "fail":
            raise OSError(errno.EIO, "Input/output error")

    def inside(self, path):
        if isinstance(path, bytes | str | os.PathLike):
            return Path(self.here, os.fsdecode(path)).is_relative_to(self.here)
        return False

    def watch(self, event, args):
        if event == "open" and self.inside(args[0]):
            self.operation(f"open {args[0]}", writes=bool(args[2] & (os.O_WRONLY | os.O_RDWR)))
        elif event in CHANGES and self.inside(args[0]):
            self.operation(f"{event} {args[0]}", writes=event not in ("os.remove", "os.rmdir"))


def main(log, what, number, words):
    from bnfit.__main__ import main as run

    faults, flush = Faults(log, what, number), os.fsync

    def fsync(file):
        faults.operation("fsync", writes=True)
        flush(file)

    os.fsync = fsync
    sys.argv[1:] = words
    sys.addaudithook(faults.watch)
    run()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
