"""Training on workers: a real scheduler and real workers on this machine give the same bytes, or say why not."""

import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import joblib
import numpy as np
import pytest
from command_line import ENVIRONMENT, bnfit, start_python

from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.networks.architecture import Architecture
from bnfit.population.members import Member
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.population.workers import current_workers
from bnfit.schema.dataset import Dataset

TABLE = Path(__file__).parents[2] / "sample_data" / "dialysis.csv"
SEARCH = (
    *("search", "t.csv", "--target", "Ueq", "--quiet", "--members", "2", "--folds", "2"),
    *("--layers", "1,2,3", "--units", "2,3", "--activation", "tanh,relu"),
)
HIDES_BNFIT = """
from importlib import metadata
real = metadata.version
def version(name):
    if name == "bnfit":
        raise metadata.PackageNotFoundError(name)
    return real(name)
metadata.version = version
"""
OTHER_TENSORFLOW = """
from importlib import metadata
real = metadata.version
metadata.version = lambda name: "1.15" if name == "tensorflow" else real(name)
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "t.csv").write_bytes(TABLE.read_bytes())
    return tmp_path


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The bytes of the model that is searched in one process."""
    path = tmp_path_factory.mktemp("expected")
    (path / "t.csv").write_bytes(TABLE.read_bytes())
    done = bnfit(*SEARCH, "-o", "m.keras", cwd=path)
    assert done.returncode == 0, done.stderr
    return (path / "m.keras").read_bytes()


@pytest.fixture
def cluster(tmp_path_factory):
    """Starts a scheduler and so many workers; gives its address and the workers' processes."""
    folder = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:

        def start(*words, **env):
            run = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
            how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
            process = subprocess.Popen(run, env={**ENVIRONMENT, **env}, **how)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        def begin(workers, memory="3GiB", site=""):
            file = folder / "scheduler.json"
            scheduler = start(
                "dask_scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)
            )
            wait_for(file.exists)
            address = json.loads(file.read_text())["address"]
            (folder / "sitecustomize.py").write_text(site)
            paths = f"{folder}:{ENVIRONMENT['PYTHONPATH']}"
            words = (address, "--no-nanny", "--nthreads", "1", "--memory-limit", memory, "--no-dashboard")
            return address, scheduler, [start("dask_worker", *words, PYTHONPATH=paths) for _ in range(workers)]

        yield begin


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_cluster_gives_the_same_bytes(folder, cluster, expected):
    address, *_ = cluster(2)
    done = bnfit(*SEARCH, "-o", "m.keras", "--workers", address, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "m.keras").read_bytes() == expected


def test_a_worker_that_is_killed_changes_nothing(folder, cluster, expected):
    address, _, workers = cluster(2)
    with start_python("-m", "bnfit", *SEARCH, "-o", "m.keras", "--workers", address, cwd=folder) as running:
        journal = folder / "m.keras.journal"
        wait_for(lambda: journal.exists() and b'"key"' in journal.read_bytes())
        workers[0].send_signal(signal.SIGKILL)
        _, said = running.communicate(timeout=200)
    assert running.returncode == 0, said
    assert (folder / "m.keras").read_bytes() == expected


@pytest.mark.parametrize("gone", ["worker", "scheduler"])
def test_a_cluster_that_is_gone_is_an_error_soon_and_the_search_goes_on_without(folder, cluster, expected, gone):
    address, scheduler, workers = cluster(1)
    with start_python("-m", "bnfit", *SEARCH, "-o", "m.keras", "--workers", address, cwd=folder) as running:
        journal = folder / "m.keras.journal"
        wait_for(lambda: journal.exists() and b'"key"' in journal.read_bytes())
        (workers[0] if gone == "worker" else scheduler).kill()
        began = time.monotonic()
        _, said = running.communicate(timeout=100)
    assert time.monotonic() - began < 60
    assert running.returncode == 3, said
    assert ("no worker is left" if gone == "worker" else "the scheduler does not answer any more") in said
    assert len(said.splitlines()) == 3
    assert sorted(path.name for path in folder.iterdir()) == ["m.keras.journal", "t.csv"]
    done = bnfit(*SEARCH, "-o", "m.keras", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "m.keras").read_bytes() == expected


@pytest.mark.parametrize(
    ("memory", "site", "said"),
    [
        ("1GiB", "", "may have 1.0 GiB of memory, and training takes 2"),
        ("3GiB", OTHER_TENSORFLOW, "has tensorflow 1.15, and this machine "),
        ("3GiB", HIDES_BNFIT, "has no bnfit"),
    ],
)
def test_workers_that_do_not_fit_are_refused(folder, cluster, memory, site, said):
    address, *_ = cluster(1, memory, site)
    done = bnfit(*SEARCH, "-o", "m.keras", "--workers", address, cwd=folder, timeout=60)
    assert done.returncode == 3, done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert [path.name for path in folder.iterdir()] == ["t.csv"]


def test_an_address_where_nothing_listens(folder):
    began = time.monotonic()
    done = bnfit(*SEARCH, "-o", "m.keras", "--workers", "tcp://127.0.0.1:9", cwd=folder, timeout=60)
    assert time.monotonic() - began < 60
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 2)
    assert "no scheduler answers at 'tcp://127.0.0.1:9'" in done.stderr


@pytest.mark.parametrize("where", ["nonsense", "tcp://", "-1", "0", "1.5"])
def test_what_is_no_address(folder, where):
    done = bnfit(*SEARCH, "-o", "m.keras", f"--workers={where}", cwd=folder, timeout=60)
    assert (done.returncode, "--workers" in done.stderr) == (2, True), done.stderr


def test_processes_of_this_machine(folder, expected):
    done = bnfit(*SEARCH, "-o", "m.keras", "--workers", "2", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "m.keras").read_bytes() == expected


def numbers(trained):
    networks = [v for t in trained for layer in t.network.layers for v in vars(layer).values()]
    return [v for v in networks if isinstance(v, np.ndarray)] + [t.judged_curve for t in trained]


def test_a_backend_of_joblib_trains_the_same(small_table):
    parts, recipe = splits(FoldConstraints(60), 3, 0.0, 0), RECIPES["default"].changed(epochs=5)
    members = [Member(Architecture((u,), "tanh"), s, f, f) for u in (3, 40) for f, s in enumerate(parts)]
    here, told = numbers(train(members, Dataset(*small_table), recipe)), []
    with joblib.parallel_config(backend="loky", n_jobs=2):
        there = numbers(train(members, Dataset(*small_table), recipe, on_progress=lambda share, *_: told.append(share)))
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(here, there, strict=True))
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("how", "elsewhere"),
    [
        ({}, False),
        ({"n_jobs": 2, "backend": "loky"}, True),
        ({"n_jobs": 1, "backend": "loky"}, False),
        ({"n_jobs": 2, "backend": "threading"}, False),
        ({"n_jobs": 2}, True),
    ],
)
def test_only_a_backend_of_several_processes_that_was_set_trains_elsewhere(how, elsewhere):
    assert current_workers() is None
    with joblib.parallel_config(**how):
        assert (current_workers() is not None) == elsewhere
