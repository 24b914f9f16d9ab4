"""The command line, in the test's own process or in another one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from bnfit.__main__ import run
from bnfit.cli.errors import exit_code_of

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

RESTORED = """
import os, signal, sys
for name in {names}:
    signal.signal(getattr(signal, name), signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Starts Python with signals as a shell in the foreground has them: a process inherits what its parent ignores."""


def exit_code(*words):
    """Run bnfit in this process; results and messages go to its stdout and stderr."""
    return exit_code_of(lambda: run([str(word) for word in words]), debug="--debug" in words)


def python(*words, timeout=60, **how):
    """Run Python in a process of its own until it ends."""
    how = {"capture_output": True, "text": True, "env": ENVIRONMENT, **how}
    return subprocess.run([sys.executable, *map(str, words)], timeout=timeout, **how)


def bnfit(*words, timeout=300, **how):
    """Run bnfit in a process of its own until it ends."""
    return python("-m", "bnfit", *words, timeout=timeout, **how)


def shell(line, timeout=60, **how):
    """Run a line of bash until it ends."""
    how = {"capture_output": True, "text": True, "env": ENVIRONMENT, **how}
    return subprocess.run(["bash", "-c", line], timeout=timeout, **how)


def start_python(*words, **how):
    """Start Python in a process of its own that ends by SIGINT and SIGTERM, whatever the test's own process ignores."""
    restored = RESTORED.format(names=[signal.SIGINT.name, signal.SIGTERM.name])
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": ENVIRONMENT, **how}
    return subprocess.Popen([sys.executable, "-c", restored, *map(str, words)], **how)
