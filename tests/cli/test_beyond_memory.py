"""What a large table takes besides the memory, by the real command."""

import os
import resource
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from command_line import ENVIRONMENT, bnfit, start_python

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say what is in memory"),
]

ROWS, COLUMNS = 250_000, 20
ONE = ("--target", "y", "--epochs", "1", "--members", "1", "--folds", "2", "--quiet")


def write_table(path, rows, columns=COLUMNS):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, columns)).round(3)
    lines = [",".join([*(f"x{n}" for n in range(columns)), "y"])]
    lines += [",".join(map(str, row)) for row in np.c_[x, x[:, 0] + x[:, 1]].round(3).tolist()]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    write_table(folder / "large.csv", ROWS)
    write_table(folder / "small.csv", 500)
    return folder


def start(*words, folder):
    return start_python("-m", "bnfit", *words, env={**ENVIRONMENT, "TMPDIR": str(folder)})


def anonymous_memory(process):
    """Megabytes that the process holds and that are in no file."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon:")), 0.0)


def most_memory(*words, folder):
    process, most = start(*words, folder=folder), 0.0
    while process.poll() is None:
        most = max(most, anonymous_memory(process))
        time.sleep(0.02)
    process.communicate()
    assert process.returncode == 0
    return most


def test_fit_holds_little_of_a_large_table_in_memory(tables, tmp_path):
    """The table is 42 MB in float64 and 28 MB of text: fit held 700 MB more than for a small one."""
    found = [
        most_memory("fit", tables / f"{name}.csv", "-o", tmp_path / f"{name}.keras", *ONE, folder=tmp_path)
        for name in ("small", "large")
    ]
    assert found[0] > 200  # TensorFlow alone: something was measured
    assert found[1] - found[0] < 200
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large.keras", "small.keras"]


def test_where_there_is_no_room_one_line_says_so(tables, tmp_path):
    """A limit on the size of files stands in for a full disk."""
    size = 1 << 23
    done = bnfit(
        "fit",
        tables / "large.csv",
        "-o",
        "m.keras",
        *ONE,
        cwd=tmp_path,
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    assert done.returncode == 3
    what, hint = done.stderr.splitlines()
    assert what.startswith("bnfit: error: no room for ")
    assert f"of working space in '{tmp_path}'" in what
    assert "TMPDIR" in hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_no_working_files(tables, tmp_path, signum):
    process = start("fit", tables / "large.csv", "-o", tmp_path / "m.keras", *ONE, folder=tmp_path)
    while f"{tmp_path}/" not in mapped(process):
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signum)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert list(tmp_path.iterdir()) == []


def mapped(process):
    try:
        return Path(f"/proc/{process.pid}/maps").read_text()
    except OSError:
        return ""
