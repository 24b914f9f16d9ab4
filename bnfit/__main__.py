"""The entry point of the `bnfit` command and of `python -m bnfit`."""

from __future__ import annotations

import os
import sys

COMPLETING = "_BNFIT_COMPLETE"
"""Is set by the shell that wants to complete a line."""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        # not at the top: an interrupt while modules load is an interrupt, and no traceback
        from bnfit.cli.errors import DEBUG, INTERRUPTED, TERMINATED, exit_code_of
        from bnfit.native_log import LEVEL, SILENT, WARNINGS
    except KeyboardInterrupt:
        os.write(2, b"bnfit: error: interrupted\n")
        os._exit(130)
    words = sys.argv[1:]
    os.environ.setdefault(LEVEL, WARNINGS if DEBUG in words else SILENT)
    # before NumPy is loaded: most products are small, and threads of BLAS would only wait for each other
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code = exit_code_of(lambda: _run_process(words), debug=DEBUG in words)
    if code in (INTERRUPTED, TERMINATED):
        os._exit(code)  # threads in the middle of a training would keep the process alive until they are done
    sys.exit(code)


def _run_process(words: list[str]) -> None:
    from bnfit.cli.errors import exit_on_sigterm

    exit_on_sigterm()
    run(words)


def run(words: list[str]) -> None:
    """Run one command with its words; raises what it fails with."""
    import typer  # as what follows, not at the top: an interrupt while the commands load is reported, too

    from bnfit.cli.app import app
    from bnfit.cli.streams import prepare_streams

    prepare_streams(words)
    command = typer.main.get_command(app)
    if COMPLETING in os.environ:
        command.main(words, prog_name="bnfit")  # answers the shell, and ends
    with command.make_context("bnfit", words) as context:
        command.invoke(context)


if __name__ == "__main__":
    main()
