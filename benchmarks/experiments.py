"""Run every command of docs/experiments.md as it is written there, and check that each ends well and in time.

    python benchmarks/experiments.py
    python benchmarks/experiments.py --only study

The commands run one after the other in a temporary folder, which holds the sample table and a link to `benchmarks`, as
a reader who follows the page would have them. Beside each stands the time that the page states ("90 s" in the line
`<!-- 90 s -->` above its block), which it may exceed by half: these machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "experiments.md"
BLOCK = re.compile(r"<!-- (\d+) s -->\n```sh\n(.*?)```", re.S)
ANY_BLOCK = re.compile(r"```sh\n(.*?)```", re.S)
TOTAL, SLACK = 600.0, 1.5


def commands() -> list[tuple[str, float]]:
    """The blocks of commands with their stated seconds.

    Raises:
        SystemExit: a block states no time, or all together state too much.
    """
    page = PAGE.read_text(encoding="utf-8")
    timed = [(block, float(seconds)) for seconds, block in BLOCK.findall(page)]
    if len(timed) != len(ANY_BLOCK.findall(page)):
        sys.exit(f"{PAGE.name}: a block of commands states no time")
    if sum(seconds for _, seconds in timed) > TOTAL:
        sys.exit(f"{PAGE.name}: the commands state more than {TOTAL:.0f} s together")
    return timed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="the blocks that hold this text, and those that make tables")
    given = parser.parse_args()
    places = (str(Path(sys.executable).parent), os.environ["PATH"])
    environment = {**os.environ, "PATH": os.pathsep.join(places), "PYTHONPATH": str(ROOT)}
    failed, total = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("benchmarks", "sample_data"):
            (Path(folder) / name).symlink_to(ROOT / name)
        for block, stated in commands():
            if given.only not in block and "_table.py" not in block:
                continue
            began = time.perf_counter()
            done = subprocess.run(
                ["bash", "-e", "-c", block], cwd=folder, env=environment, capture_output=True, text=True, check=False
            )
            seconds = time.perf_counter() - began
            fine = done.returncode == 0 and seconds <= SLACK * stated
            failed, total = failed + (not fine), total + seconds
            said = f"{'ok' if fine else 'FAILED':6} {seconds:5.0f} s of {stated:3.0f} s, exit {done.returncode}"
            print(f"{said}  {' '.join(block.split())[:70]}", flush=True)
            if done.returncode:
                print(done.stderr[-2000:])
    print(f"{total:.0f} s together, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
