"""The entry point of the `bnfit` command and of `python -m bnfit`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from bnfit.cli.errors import INTERRUPTED, TERMINATED, exit_code_of
    from bnfit.cli.streams import prepare_streams

    prepare_streams()
    words = sys.argv[1:]
    code = exit_code_of(lambda: _run(words), debug="--debug" in words)
    if code in (INTERRUPTED, TERMINATED):
        os._exit(code)  # threads in the middle of a training would keep the process alive until they are done
    sys.exit(code)


def _run(words: list[str]) -> None:
    import typer

    from bnfit.cli.app import app

    command = typer.main.get_command(app)
    with command.make_context("bnfit", words) as context:
        command.invoke(context)


if __name__ == "__main__":
    main()
