"""Tables that accuracy is measured on: those that scikit-learn and statsmodels carry, and some made by formulas.

Every function gives a frame with the target in `target`, and whether the target is a class. The formulas are such as
public collections hold too: boards, balances, rules over categories, overlapping waves and bells, noisy digits.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd

Frame = pd.DataFrame
Made = tuple[Frame, bool]
Maker = Callable[[], Made]


def tables() -> dict[str, Maker]:
    """Name to what makes the table."""
    return {**_bundled(), **_sums(), **_rules(), **_mixtures()}


def _bundled() -> dict[str, Maker]:
    """Real tables that the two libraries carry."""
    from sklearn import datasets

    def scikit(name: str, classes: bool) -> Maker:
        return lambda: (getattr(datasets, f"load_{name}")(as_frame=True).frame, classes)

    def statsmodels(name: str, target: str, classes: bool, drop: str = "", rows: int = 0) -> Maker:
        def make() -> Made:
            import statsmodels.api as sm

            frame = getattr(sm.datasets, name).load_pandas().data.dropna().drop(columns=drop.split())
            frame = frame.sample(rows, random_state=0).reset_index(drop=True) if rows else frame
            return frame.rename(columns={target: "target"}), classes

        return make

    def affairs() -> Made:
        frame = statsmodels("fair", "affairs", False)()[0]
        return frame.assign(target=(frame.target > 0).astype(int)), True

    found = {
        "diabetes": scikit("diabetes", False),
        "iris": scikit("iris", True),
        "wine": scikit("wine", True),
        "breast_cancer": scikit("breast_cancer", True),
        "digits": scikit("digits", True),
    }
    if importlib.util.find_spec("statsmodels"):
        found |= {
            "fair": statsmodels("fair", "rate_marriage", False),
            "affairs": affairs,
            "anes96": statsmodels("anes96", "vote", True),
            "star98": statsmodels("star98", "NABOVE", False),
            "macrodata": statsmodels("macrodata", "unemp", False),
            "grunfeld": statsmodels("grunfeld", "invest", False),
            "modechoice": statsmodels("modechoice", "choice", True, "individual"),
            "randhie": statsmodels("randhie", "mdvis", False, rows=4000),
        }
    return found


def _sums() -> dict[str, Maker]:
    """Formulas of numeric columns."""
    from sklearn import datasets

    def friedman(number: int, rows: int, noise: float) -> Maker:
        def make() -> Made:
            x, y = getattr(datasets, f"make_friedman{number}")(rows, noise=noise, random_state=0)
            return _frame(x, y), False

        return make

    def moons() -> Made:
        x, y = datasets.make_moons(600, noise=0.3, random_state=0)
        return _frame(x, y), True

    def smooth() -> Made:
        rng = np.random.default_rng(1)
        x = rng.uniform(-2, 2, (5000, 5))
        y = np.sin(2 * x[:, 0]) * x[:, 1] + np.exp(-np.square(x[:, 2] - x[:, 3])) + 0.3 * x[:, 4] ** 2
        return _frame(x, y + 0.05 * rng.normal(size=5000)), False

    def steps() -> Made:
        rng = np.random.default_rng(2)
        x = rng.uniform(0, 1, (3000, 8))
        y = 2.0 * (x[:, 0] > 0.3) * (x[:, 1] < 0.6) + np.floor(4 * x[:, 2]) + 1.5 * (x[:, 3] > 0.8)
        return _frame(x, y + 0.3 * rng.normal(size=3000)), False

    def tails() -> Made:
        rng = np.random.default_rng(3)
        z = rng.normal(size=(1000, 6))
        y = z[:, 0] + 0.5 * z[:, 1] * z[:, 2] + 0.5 * np.abs(z[:, 3]) + 0.5 * rng.normal(size=1000)
        return _frame(np.exp(1.5 * z), y), False

    return {
        "friedman1-500": friedman(1, 500, 1.0),
        "friedman1-5000": friedman(1, 5000, 1.0),
        "friedman2-1000": friedman(2, 1000, 0.1),
        "friedman3-300": friedman(3, 300, 0.1),
        "moons": moons,
        "smooth": smooth,
        "steps": steps,
        "tails": tails,
    }


def _rules() -> dict[str, Maker]:
    """Classes that a rule makes of categories or small whole numbers."""
    return {"tic-tac-toe": _boards, "balance": _balance, "monks2": _monks, "rating": _rating, "parity": _parity}


def _boards() -> Made:
    """All endgames of noughts and crosses, crosses first: do crosses win?"""
    lines = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]

    def wins(board: tuple[str, ...], who: str) -> bool:
        return any(all(board[i] == who for i in line) for line in lines)

    ends: dict[tuple[str, ...], bool] = {}

    def play(board: tuple[str, ...], who: str) -> None:
        if wins(board, "x") or wins(board, "o") or "b" not in board:
            ends[board] = wins(board, "x")
            return
        for i, cell in enumerate(board):
            if cell == "b":
                play((*board[:i], who, *board[i + 1 :]), "o" if who == "x" else "x")

    play(("b",) * 9, "x")
    boards = sorted(ends)
    return _frame(np.array(boards, object), np.array([int(ends[b]) for b in boards])), True


def _balance() -> Made:
    """A beam with a weight at a distance on each side: which way does it tip?"""
    x = np.array(list(itertools.product(range(1, 6), repeat=4)))
    return _frame(x, np.sign(x[:, 0] * x[:, 1] - x[:, 2] * x[:, 3])), True


def _monks() -> Made:
    """Exactly two of six categories are at their first level."""
    x = np.array(list(itertools.product(*(range(n) for n in (3, 3, 2, 3, 4, 2)))))
    return _frame(np.char.add("v", x.astype(str)).astype(object), ((x == 0).sum(1) == 2).astype(int)), True


def _rating() -> Made:
    """A rating by rules upon rules over six ordered categories, most of the rows in one class."""
    x = np.array(list(itertools.product(range(4), range(4), range(4), range(3), range(3), range(3))))
    price, comfort = np.maximum(x[:, 0], x[:, 1]), np.minimum(np.minimum(x[:, 2], x[:, 3] + 1), x[:, 4] * 2)
    score = np.where((x[:, 5] == 0) | (comfort == 0), 0, np.clip(comfort + x[:, 5] - price + 1, 0, 3))
    return _frame(np.char.add("l", x.astype(str)).astype(object), score), True


def _parity() -> Made:
    """Whether an even number of the first four of eight bits are set, one in twenty answers wrong."""
    rng = np.random.default_rng(4)
    x = rng.integers(0, 2, (1200, 8))
    return _frame(x, (x[:, :4].sum(1) + (rng.random(1200) < 0.05)) % 2), True


def _mixtures() -> dict[str, Maker]:
    """Classes that overlap, and columns of mixed kinds with holes."""
    return {
        "waveform": _waveform,
        "ringnorm": _ringnorm,
        "led": _led,
        "few-a-class": _few_a_class,
        "mixed-numbers": lambda: _mixed(False),
        "mixed-classes": lambda: _mixed(True),
    }


def _waveform() -> Made:
    """Three classes, each a random mean of two of three shifted triangles, with noise (Breiman and others 1984)."""
    rng, place = np.random.default_rng(5), np.arange(21)
    wave = np.stack([np.maximum(6 - np.abs(place - centre), 0) for centre in (6, 14, 10)])
    y, share = rng.integers(0, 3, 1000), rng.random((1000, 1))
    x = share * wave[y] + (1 - share) * wave[(y + 1) % 3] + rng.normal(size=(1000, 21))
    return _frame(x, y), True


def _ringnorm() -> Made:
    """A wide bell around a narrow one, in twenty columns (Breiman 1996)."""
    rng = np.random.default_rng(6)
    y = rng.integers(0, 2, 1000)
    return _frame(rng.normal(size=(1000, 20)) * np.where(y, 1, 2)[:, None] + 2 / np.sqrt(20) * y[:, None], y), True


def _led() -> Made:
    """The seven bars of a digit, each wrong one time in ten, and ten columns of noise (Breiman and others 1984)."""
    bars = [0x77, 0x12, 0x5D, 0x5B, 0x3A, 0x6B, 0x6F, 0x52, 0x7F, 0x7B]
    shown = np.array([[b >> i & 1 for i in range(6, -1, -1)] for b in bars])
    rng = np.random.default_rng(7)
    y = rng.integers(0, 10, 800)
    x = np.c_[shown[y] ^ (rng.random((800, 7)) < 0.1), rng.integers(0, 2, (800, 10))]
    return _frame(x, y), True


def _few_a_class() -> Made:
    """Six classes of unequal size, some with few rows."""
    from sklearn.datasets import make_classification

    x, y = make_classification(
        400, 10, n_informative=6, n_classes=6, n_clusters_per_class=1, class_sep=1.2, random_state=8,
        weights=[0.4, 0.25, 0.15, 0.1, 0.06, 0.04],
    )  # fmt: skip
    return _frame(x, y), True


def _mixed(classes: bool) -> Made:
    """Numbers, some with tails, some rounded, and categories, one with thirty levels; cells are missing."""
    rng, rows = np.random.default_rng(9), 2000
    z = rng.normal(size=(rows, 4))
    town, kind, grade = rng.integers(0, 30, rows), rng.integers(0, 5, rows), rng.integers(0, 3, rows)
    of_town = rng.normal(size=30)
    y = of_town[town] + np.where(kind < 2, z[:, 0], -0.5 * z[:, 1]) + (grade == 2) * (z[:, 2] > 0.5) * 2 + 0.3 * z[:, 3]
    y = y + 0.7 * rng.normal(size=rows)
    frame = Frame({"a": z[:, 0], "b": np.exp(z[:, 1]), "c": z[:, 2].round(1), "d": z[:, 3]})
    frame = frame.mask(rng.random(frame.shape) < 0.08)
    for name, codes in (("town", town), ("kind", kind), ("grade", grade)):
        words = pd.Series([f"{name} {c}" for c in codes], dtype=object)
        frame[name] = words.mask(rng.random(rows) < 0.03) if name == "kind" else words
    return frame.assign(target=(y > 0.8).astype(int) if classes else y), classes


def _frame(x: np.ndarray, y: np.ndarray) -> Frame:
    return Frame(x).rename(columns=lambda c: f"x{c}").assign(target=y)
