"""Predicts by the model files that are named on stdin, one a line, by `bnfit predict`, and watches what that does.

For each it prints a JSON object: the exit code, the lines of the message, the seconds and what it did that reading a
file does not need: files outside of the folder and of Python's own that were opened, files that were written, sockets,
processes and code that was run. The last object has the most memory that was in use, in MB, and the heavy packages that
were loaded.
"""

import contextlib
import io
import json
import os
import sys
import time

from command_line import exit_code

HARM = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "marshal.", "pickle.", "urllib.")
OWN = (
    sys.prefix,
    sys.base_prefix,
    os.path.realpath("."),
    os.path.dirname(os.path.dirname(__file__)),
    "/proc/self",
    "/sys",
)


def stream():
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")


def tell(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")


def most_memory():
    """Megabytes at most so far; what `getrusage` says begins with the memory of the process that started this one."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))


def main():
    found = []
    watching = [False]

    def watch(event, args):
        if not watching[0]:
            return
        if event.startswith(HARM):
            found.append(event)
        elif event == "open" and isinstance(args[0], str | bytes):
            path = os.path.realpath(os.fsdecode(args[0]))
            writes = bool((args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            if writes or not path.startswith(OWN):
                found.append(f"open {path}")

    with contextlib.redirect_stdout(stream()), contextlib.redirect_stderr(stream()):
        exit_code("predict", "valid.keras", "t.csv")  # loads what reading any model takes
    sys.addaudithook(watch)
    for line in sys.stdin:
        name, out, err = line.strip(), stream(), stream()
        found.clear()
        began = time.perf_counter()
        watching[0] = True
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = exit_code("predict", name, "t.csv")
        watching[0] = False
        err.flush()
        seconds = time.perf_counter() - began
        said = err.buffer.getvalue().decode()
        tell(name=name, code=code, said=said, seconds=seconds, did=sorted(set(found)))
    loaded = [name for name in ("tensorflow", "keras") if name in sys.modules]
    tell(megabytes=most_memory(), loaded=loaded)


if __name__ == "__main__":
    main()
