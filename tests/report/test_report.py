"""Reports against literal tables, and JSON against its contract."""

import io
import json
import math
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from report_records import BOARD, CLASSES, EXPLANATION, FIT, NO_AGREEMENT, SEARCH, candidate, prediction, table

from bnfit.cli.flags import lines_with_flags
from bnfit.report.blocks import Grid, decimals_for, number, ranks, signed, spread
from bnfit.report.content import blocks_of
from bnfit.report.documents import to_json, to_markdown
from bnfit.report.origin import origin_text
from bnfit.report.terminal import show, to_text
from bnfit.results.effects import Effect, Interaction
from bnfit.results.explanation import (
    Increase,
    RankAgreement,
)
from bnfit.results.origin import Origin
from bnfit.results.search import CorrectedError, Saved

VERDICT = """\
Ueq: off by 5.586 (RMSE, 95 % 4.50 to 6.50; R² 0.912) on 120 out-of-fold rows of the training table; guessing the \
mean: 18.84, linear regression: 6.017
What matters: Upos [mg] (up)
Watch: column 'Upre' all but equals the target (1 more warning below)
"""

TABLES = """\
Error on 120 out-of-fold rows of the training table
                         MSE       RMSE     R²
──────────────────────────────────────────────
model                  31.20      5.586  0.912
95 % interval      20.2–42.2  4.50–6.50
linear regression      36.20      6.017  0.898
predict the mean       355.1      18.84  0.000

Importance of the columns; increase: of the MSE with the column shuffled
column           γ ± se  direction  increase        interval  verdict  zero-out MSPE  γ rank  MSPE rank  total   raw γ
──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
Upos [mg]  14.30 ± 1.93         up    +448.8  210.2 to 687.4  matters           3210       1          1  14.10  0.7000
U120        6.21 ± 1.10          –         –               –        –           900*       2          2      –  0.8000
Upre        2.50 ± 0.40          –         –               –        –            120       3          3      –  0.3100
* 0 lies over 3 standard deviations from the column's mean: the error there says little
"""

REMARKS = """\
Remarks
Watch: 9 of 120 rows are copies of others
γ and the zero-out error agree.
γ against the zero-out MSPE: rank correlation over columns 0.50; correlation with its increase over folds × columns \
0.92 (raw γ: 0.45)
column 'id' is constant: left out"""

EXPLAINED = f"{TABLES}\n{REMARKS}"

FITTED = "Model: 6-6 tanh, arm bn; 141 weights, 5 members, 5 folds, recipe default, seed 0, 3.2 s\n"

SEARCHED = """\
Search for Ueq: 4 candidates
20 trainings over 5 folds in 4.6 s, recipe default, seed 0
rank  architecture       CV error ± se                  R²  weights
───────────────────────────────────────────────────────────────────
   1  3-3 tanh            31.25 ± 2.50  best, saved  0.912       80
   3  2 relu              33.00 ± 2.00  smallest     0.900       35
   –  predict the mean  355.10 ± 20.10               0.000        1
   –  linear              36.20 ± 3.10               0.898        6
2 more candidates: --top 4 shows all
"""


SAVED = (
    (
        Saved("ensemble", "best", 1.5, 0.5),
        "Saved: the ensemble (the lowest error out of fold; the best other error is 1.5000 ± 0.5000 below that of fit)",
    ),
    (
        Saved("fit", "tie", 0.25, 0.5),
        "Saved: the networks of plain fit (nothing else is better by a standard error; the best other error is "
        "0.2500 ± 0.5000 below that of fit)",
    ),
    (Saved("candidate", "asked"), "Saved: the best candidate (as asked)"),
)


@pytest.mark.parametrize(("saved", "sentence"), SAVED)
def test_a_search_says_what_is_saved_why_and_what_to_expect(saved, sentence):
    report = replace(SEARCH, saved=saved, corrected=CorrectedError(33.5, 2.25, 31.25, 6))
    lines = to_text(blocks_of(report)).splitlines()
    place = lines.index(sentence)
    assert lines[place + 1] == (
        "Expect MSE 33.50 ± 2.25 on new rows; 31.25, measured out of fold, is optimistic: these rows helped to choose "
        "the networks"
    )
    honest = replace(report, corrected=CorrectedError(31.0, 2.25, 31.25, 6))
    assert "31.25, measured out of fold, does not flatter" in to_text(blocks_of(honest))


def test_an_explanation_as_text():
    assert to_text(blocks_of(EXPLANATION)) == f"{VERDICT}\n{EXPLAINED}"


def test_classes_as_text():
    assert (
        to_text(blocks_of(CLASSES))
        == """\
ill: log-loss 0.5120, 80.0 % right on 10 out-of-fold rows of the training table; guessing the shares: 0.6930
Largest γ: age, bmi

Error on 10 out-of-fold rows of the training table
                    log loss   Brier    ECE  accuracy  balanced  ROC AUC
────────────────────────────────────────────────────────────────────────
model                 0.5120  0.1625  0.031     0.800     0.750    0.875
predict the shares    0.6930  0.2500  0.000     0.500     0.500    0.500

Rows of each class, and what they were taken for
     no  yes
────────────
no    4    1
yes   1    4

Importance of the columns
column           γ ± se  zero-out Brier  log loss +  γ rank  Brier rank  raw γ
──────────────────────────────────────────────────────────────────────────────
age     0.1100 ± 0.0100          0.2425     +0.3310       1           1  1.500
bmi     0.0200 ± 0.0030          0.1625     -0.0010       2           2  1.100

Remarks
Too few columns."""
    )


def test_what_was_taken_for_what_in_markdown_and_json():
    assert "|  | no | yes |\n| :-- | --: | --: |\n| no | 4 | 1 |\n| yes | 1 | 4 |" in to_markdown(blocks_of(CLASSES))
    assert json.loads(to_json(CLASSES))["confusion"] == {"classes": ["no", "yes"], "counts": [[4, 1], [1, 4]]}


@pytest.mark.parametrize(
    "without",
    [
        replace(EXPLANATION, metrics={"mse": 355.2, "r2": -0.001}),
        replace(EXPLANATION, metrics={"mse": 355.1, "r2": 0.0}, origin=Origin("training_rows", "new.csv", 9)),
        replace(CLASSES, metrics={"log_loss": 0.7, "accuracy": 0.6}),
    ],
)
def test_no_ranking_of_a_model_without_skill_goes_without_a_word(without):
    for result in (without, replace(FIT, explanation=without), replace(SEARCH, fit=replace(FIT, explanation=without))):
        first, second = to_text(blocks_of(result)).splitlines()[:2]
        assert first.startswith(f"{without.target}: no better than guessing: ")
        assert second == "What matters: nothing can be said, as the model is no better than a constant guess"
        assert json.loads(to_json(result))["skilled"] is False


@pytest.mark.parametrize("skilled", [EXPLANATION, CLASSES, FIT, SEARCH])
def test_a_model_with_skill_is_not_doubted(skilled):
    assert "no better" not in to_text(blocks_of(skilled))
    assert json.loads(to_json(skilled))["skilled"] is True


def test_what_matters_names_few_columns_and_counts_the_rest():
    def verdict(*columns):
        found = tuple(
            replace(EXPLANATION.importances[0], column=name, verdict=word, direction=way, gamma=10.0 - k)
            for k, (name, word, way) in enumerate(columns)
        )
        return to_text(blocks_of(replace(EXPLANATION, importances=found))).splitlines()[1]

    several = [("a", "matters", "up"), ("b", "unclear", "down"), ("c", "none", "both"), ("d", "matters", "levels")]
    assert verdict(*several) == "What matters: a (up), d (by level); unclear: b; no sign of: c"
    many = [(f"m{k}", "matters", None) for k in range(8)] + [(f"u{k}", "unclear", "up") for k in range(4)]
    assert verdict(*many) == "What matters: m0, m1, m2, m3, m4 and 3 more; unclear: 4 columns"
    assert verdict(("a", "none", "up")) == "What matters: no column for sure; no sign of: a"


def board_of(report, **options):
    """The lines of the first leaderboard, its titles first."""
    lines = to_text(blocks_of(report, **options)).split("\nrank  ")[1].split("\n\n")[0].splitlines()
    return [f"rank  {lines[0]}", *lines[1:]]


def test_a_leaderboard_of_classes():
    row = candidate("4 tanh, sigmoid output", 0.1625, rank=1, weights=65, best=True)
    row = replace(row, cv_log_loss=0.512, cv_log_loss_se=0.03, cv_accuracy=0.8)
    bad = candidate("6 relu, sigmoid output", None, rank=2, weights=87)
    assert board_of(replace(SEARCH, leaderboard=(row, bad))) == [
        "rank  architecture            CV log loss ± se         Brier  accuracy  weights",
        "───────────────────────────────────────────────────────────────────────────────",
        "   1  4 tanh, sigmoid output   0.5120 ± 0.0300  best  0.1625     0.800       65",
        "   2  6 relu, sigmoid output          diverged             –         –       87",
    ]


def test_what_is_in_a_table():
    report = table((("id", "identifier", "left out", "9 texts"), ("y", "category", "target", "2")))
    assert (
        to_text(blocks_of(report))
        == """\
a.csv: 9 rows, 1 row rejected
binary classification of y
column  kind        use       reason
─────────────────────────────────────
id      identifier  left out  9 texts
y       category    target    2
look here"""
    )
    assert json.loads(to_json(report))["schema"]["columns"][0] == {
        "name": "id",
        "kind": "identifier",
        "use": "left out",
        "reason": "9 texts",
    }


def test_an_origin_that_counts_its_rows_is_not_counted_again():
    text = to_text(blocks_of(replace(EXPLANATION, origin=Origin("training_rows", "a.csv", 120))))
    assert "\nError on all 120 rows of a.csv\n" in text


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (Origin("out_of_fold"), "120 out-of-fold rows of the training table"),
        (Origin("later_rows"), "120 rows later than all that their judges saw"),
        (Origin("new_rows", "a.csv", 9), "all 9 rows of a.csv, none recognised as training rows"),
        (
            Origin("refolded_rows", "{}", 9, 5),
            "all 9 rows of {}; the 5 that were trained on, by members that never saw them",
        ),
        (Origin("training_rows", "a.csv", 9, 5), "all 9 rows of a.csv"),
        (
            Origin("unknown_rows", "a.csv", 9),
            "all 9 rows of a.csv; whether the model was trained on any of them is not known",
        ),
    ],
)
def test_each_origin_has_its_words(origin, text):
    assert origin_text(origin, 120) == text
    assert json.loads(to_json(replace(EXPLANATION, origin=origin)))["origin"] == text


def test_a_fit_is_what_was_trained_and_then_the_explanation():
    assert to_text(blocks_of(FIT)) == f"{VERDICT}{FITTED}\n{EXPLAINED}"
    assert "\nModel: m.keras: 6-6 tanh, arm bn; 141" in to_text(blocks_of(FIT, model="m.keras"))


def test_a_search_shows_the_top_the_marked_and_the_references():
    shown = to_text(lines_with_flags(blocks_of(SEARCH, top=1)))
    assert shown.startswith(f"{VERDICT}{FITTED}\n{SEARCHED}\nError on 120 ")
    assert shown.endswith(f"{REMARKS}\nthe search saw every row")
    assert "\n2 more columns: --top 3 shows all\n" in shown


def test_top_counts_candidates():
    lines = board_of(SEARCH, top=4)[2:]
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4", "–", "–"]
    assert lines[3] == "   4  6-6 relu, relu output        diverged                   –      141"


def test_the_saved_candidate_is_marked_where_it_is_not_the_best():
    rows = (replace(BOARD[0], arm="raw", saved=False), replace(BOARD[1], saved=True))
    lines = board_of(replace(SEARCH, leaderboard=rows))
    assert ("best  " in lines[2], "saved  " in lines[3]) == (True, True)


def test_metrics_stand_in_one_order_whatever_a_file_made_of_it():
    metrics = {"zeta": 1.0, "r2": 0.5, "mae": 2.0, "mse": 4.0}
    assert to_text(blocks_of(prediction(metrics))).splitlines()[1] == "  MSE    MAE     R²   zeta"


def test_several_arms_get_a_column_and_a_table_of_their_best():
    raw = replace(BOARD[1], arm="raw")
    text = to_text(blocks_of(replace(SEARCH, leaderboard=(BOARD[0], raw, *BOARD[4:]), by_arm=(BOARD[0], raw))))
    assert "\n   2  6-6 tanh          raw    31.50 ± 2.75               0.911      141\n" in text
    assert "\n   –  linear            –      36.20 ± 3.10               0.898        6\n" in text
    best = text.split("Best of each arm\n")[1].splitlines()
    assert best[0] == "rank  architecture  arm  CV error ± se                  R²  weights"
    assert best[3] == "   2  6-6 tanh      raw   31.50 ± 2.75               0.911      141"


def test_ways_of_training_get_a_column_where_they_differ():
    ways = [replace(BOARD[0], batch_size=8, learning_rate=0.01), replace(BOARD[1], batch_size=32, learning_rate=0.01)]
    lines = board_of(replace(SEARCH, leaderboard=(*ways, *BOARD[4:])))
    assert lines[0] == "rank  architecture      batch   CV error ± se                  R²  weights"
    assert lines[3] == "   2  6-6 tanh             32    31.50 ± 2.75               0.911      141"
    assert lines[5] == "   –  linear                –    36.20 ± 3.10               0.898        6"
    rates = [replace(BOARD[0], learning_rate=0.3), *(replace(BOARD[1], learning_rate=1e-3) for _ in range(2))]
    lines = board_of(replace(SEARCH, leaderboard=tuple(rates)), top=1)
    assert lines[0].startswith("rank  architecture  rate  CV error"), "also where the rows that are shown agree"
    assert lines[2].startswith("   1  3-3 tanh       0.3 ")


def test_norms_get_a_column_where_the_arm_does_not_say_them():
    rows = (replace(BOARD[0], norm="batch"), replace(BOARD[1], arm="bn-input", norm="none"))
    assert board_of(replace(SEARCH, leaderboard=rows))[0].startswith("rank  architecture  arm       CV error")
    rows = (rows[0], replace(BOARD[1], norm="layer:after"), replace(BOARD[2], norm="none"))
    lines = board_of(replace(SEARCH, leaderboard=rows))
    assert lines[0].startswith("rank  architecture  norm         CV error")
    assert lines[4].startswith("   3  2 relu        none         ")
    (named,) = (line for line in to_text(blocks_of(replace(FIT, norm="layer:after"))).splitlines() if "Model:" in line)
    assert ", arm bn, norm layer:after; " in named


def test_statistics_are_shown_on_request():
    table = "column  moving mean  moving sd\n──────────────────────────────\n"
    rows = "Upre          149.2      33.14\nU120        0.01235  1.000e-09"
    assert to_text(blocks_of(EXPLANATION, show=("statistics",))) == (
        f"{VERDICT}\n{TABLES}\nStatistics of the first layer\n{table}{rows}\n\n{REMARKS}"
    )
    missing = to_text(blocks_of(replace(EXPLANATION, statistics=()), show=("statistics",)))
    assert "\nThe first layer has no moving mean and standard deviation.\n" in missing


def test_effects_are_shown_on_request():
    line = Effect("U120", (1.0, 2.0, 3.5), (), (-2.0, 0.25, 1.75), (0.5, 0.13, 0.25))
    levels = Effect("place", (), ("west", "north"), (-1.5, 1.5), of="ill")
    text = to_text(blocks_of(replace(EXPLANATION, effects=(line, levels)), show=("effects",)))
    assert text == (
        f"{VERDICT}\n{TABLES}\n"
        """\
How the prediction changes along each column, from its mean
U120    1.000  2.000  3.500
───────────────────────────
change  -2.00  +0.25  +1.75
± se     0.50   0.13   0.25
place (ill)   west  north
─────────────────────────
change       -1.50  +1.50
"""
        f"\n{REMARKS}"
    )
    many = tuple(replace(line, column=f"c{k}") for k in range(15))
    more = to_text(blocks_of(replace(EXPLANATION, effects=many), show=("effects",)))
    assert "c9 " in more
    assert "c10 " not in more
    assert "\n5 more columns: `top=15` shows all\n" in more
    none = to_text(blocks_of(EXPLANATION, show=("effects",)))
    assert "\nThe model file says nothing of effects: measure on a table.\n" in none


def test_bounds_are_shown_on_request():
    bounded = tuple(replace(i, bound=b) for i, b in zip(EXPLANATION.importances, (0.0123, None, 1.25), strict=True))
    text = to_text(blocks_of(replace(EXPLANATION, importances=bounded), show=("bounds",)))
    assert text.split("independent\n")[1].split("\n\n")[0] == (
        """\
column         γ  at most
─────────────────────────
Upos [mg]  14.30  100.0 %
Upre       2.500    1.2 %"""
    )
    assert "No column is about normal" in to_text(blocks_of(EXPLANATION, show=("bounds",)))


def test_pairs_of_columns_are_shown_where_they_were_measured():
    pairs = (Interaction("age", "dose", 0.577, 1.25), Interaction("age", "sex", 0.1, 0.125))
    assert to_text(blocks_of(replace(EXPLANATION, interactions=pairs))) == (
        f"{VERDICT}\n{TABLES}\n"
        """\
Pairs of columns that act together, beyond the sum of their effects
pair           H  sd of the prediction
──────────────────────────────────────
age × dose  0.58                  1.25
age × sex   0.10                  0.12
"""
        f"\n{REMARKS}"
    )


def test_a_model_without_gamma_is_ranked_by_its_zero_out_error():
    bare = tuple(
        replace(i, gamma=None, gamma_raw=None, gamma_se=None, direction=None, total=None)
        for i in EXPLANATION.importances
    )
    result = replace(EXPLANATION, importances=bare, agreement=replace(NO_AGREEMENT, sentence="No γ to compare."))
    lines = to_text(blocks_of(result)).splitlines()
    assert "Upos [mg]  –    +448.8  210.2 to 687.4  matters           3210       –          1" in lines
    assert "No γ to compare." in lines


def test_a_prediction_as_text():
    assert to_text(blocks_of(prediction(rows=100))) == "100 rows predicted"
    report = prediction({"mse": 3.0, "r2": 0.5}, rejected=2, notes=("'Ueq' was there",))
    assert to_text(blocks_of(report)) == (
        "1 row predicted, 2 rows rejected\n  MSE     R²\n────────────\n3.000  0.500\n'Ueq' was there"
    )


def test_nothing_is_cropped_or_coloured_off_a_terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    name = "a column with a name " * 40
    long = replace(EXPLANATION, importances=(replace(EXPLANATION.importances[0], column=name),))
    out = io.StringIO()
    show(blocks_of(long), out)
    assert name in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert "…" not in out.getvalue()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_terminal(monkeypatch, width, **environment):
    for name, value in {"COLUMNS": str(width), "TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    out = Terminal()
    show(blocks_of(SEARCH), out)
    return out.getvalue()


def test_a_terminal_gets_colour_unless_it_does_not_want_it(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;32m" in on_terminal(monkeypatch, 80)
    assert "\x1b[1;32m" not in on_terminal(monkeypatch, 80, NO_COLOR="1")


def at_least(block):
    """A table with those of its columns that any terminal shows."""
    if not isinstance(block, Grid) or block.least is None:
        return block
    return Grid(block.titles[: block.least], tuple(row[: block.least] for row in block.rows))


@pytest.mark.parametrize(("width", "last"), [(80, "verdict"), (100, "γ rank"), (118, "raw γ")])
def test_the_table_of_columns_goes_on_as_far_as_the_terminal_is_wide(monkeypatch, width, last):
    lines = re.sub("\x1b\\[[0-9;]*m", "", on_terminal(monkeypatch, width)).splitlines()
    assert max(map(len, lines)) <= width
    (titles,) = (line for line in lines if line.startswith("column  "))
    assert titles.rstrip().endswith(last)
    assert any(line.startswith("* 0 lies over") for line in lines) == (width > 80)


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_crops_nothing_that_it_has_room_for(monkeypatch, width):
    text = re.sub("\x1b\\[[0-9;]*m", "", on_terminal(monkeypatch, width))
    assert max(map(len, text.splitlines())) <= width
    letters = Counter("".join(text.split()).replace("─", ""))
    whole = to_text([at_least(block) for block in blocks_of(SEARCH)])
    cut = Counter("".join(whole.split()).replace("─", "")) - letters
    assert sum(cut.values()) <= (30 if width == 40 else 0), "names are shortened, in their middle"


def test_names_are_shortened_in_their_middle_before_words_break(monkeypatch):
    name = "concentration of urea before dialysis"
    long = replace(EXPLANATION, importances=(replace(EXPLANATION.importances[2], column=name),))
    monkeypatch.setenv("COLUMNS", "80")
    out = Terminal()
    show(blocks_of(long), out)
    text = re.sub("\x1b\\[[0-9;]*m", "", out.getvalue())
    assert max(map(len, text.splitlines())) <= 80
    assert re.search("\nconcen.*….*dialysis +14.30 ± 1.93 ", text)
    assert name in to_text(blocks_of(long)), "off a terminal it stands in full"


def test_column_names_cannot_steer_the_terminal():
    result = replace(EXPLANATION, importances=(replace(EXPLANATION.importances[0], column="a\x1b[31m[red]b"),))
    text = to_text(blocks_of(result))
    assert "\x1b" not in text
    assert "a\ufffd[31m[red]b" in text


def test_markdown():
    assert (
        to_markdown(blocks_of(replace(EXPLANATION, importances=EXPLANATION.importances[2:])))
        == """\
## Ueq: off by 5.586 (RMSE, 95 % 4.50 to 6.50; R² 0.912) on 120 out-of-fold rows of the training table; guessing the \
mean: 18.84, linear regression: 6.017

What matters: Upos \\[mg\\] (up)

**Watch: column 'Upre' all but equals the target (1 more warning below)**

## Error on 120 out-of-fold rows of the training table

|  | MSE | RMSE | R² |
| :-- | --: | --: | --: |
| model | 31.20 | 5.586 | 0.912 |
| 95 % interval | 20.2–42.2 | 4.50–6.50 |  |
| linear regression | 36.20 | 6.017 | 0.898 |
| predict the mean | 355.1 | 18.84 | 0.000 |

## Importance of the columns; increase: of the MSE with the column shuffled

| column | γ ± se | direction | increase | interval | verdict | zero-out MSPE | γ rank | MSPE rank | total | raw γ |
| :-- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |
| Upos \\[mg\\] | 14.30 ± 1.93 | up | +448.8 | 210.2 to 687.4 | matters | 3210 | 1 | 1 | 14.10 | 0.7000 |

## Remarks

**Watch: 9 of 120 rows are copies of others**

γ and the zero-out error agree.

γ against the zero-out MSPE: rank correlation over columns 0.50; correlation with its increase over folds × columns \
0.92 (raw γ: 0.45)

> column 'id' is constant: left out"""
    )


def test_markdown_keeps_cells_apart_and_marks_the_best():
    row = replace(BOARD[0], architecture="a|b\nc")
    text = to_markdown(blocks_of(replace(SEARCH, leaderboard=(row,))))
    assert "| **1** | **a\\|b c** | **31.25 ± 2.50** | **best, saved** | **0.912** | **80** |" in text


def test_a_choice_of_columns_shows_what_stays():
    chosen = tuple(replace(i, kept=k, score=k / 2) for i, k in zip(EXPLANATION.importances, (0, 1, 0.875), strict=True))
    text = to_markdown(blocks_of(replace(EXPLANATION, importances=chosen)))
    assert "| raw γ | kept | score |" in text
    assert "| 0.7000 | 88 % | 0.438 |" in text


def test_ways_of_switching_off_that_were_asked_for_have_a_table_each():
    increases = (Increase("permute", 9.81, 1.25, 18.4, 0.0001), Increase("zero", 89.3, None, None, None))
    entry = replace(EXPLANATION.importances[0], increases=increases)
    group = replace(entry, column="both")
    text = to_markdown(
        blocks_of(replace(EXPLANATION, importances=(entry,), groups=(group,), baselines=("permute", "zero")))
    )
    assert "| Upre | +9.810 | 1.250 | 18.400 | &lt; 0.001 |".replace("&lt;", "\\<") in text
    assert "| Upre | +89.30 | – | – | – |" in text
    assert "| group | permute | zero |" in text
    assert "| both | +9.81 | +89.30 |" in text


def test_the_agreement_with_ways_asked_for_and_the_remarks_are_told():
    ranks = (RankAgreement("zero", 0.5, -0.1, 0.9), RankAgreement("permute", 1.0, None, None))
    said = replace(EXPLANATION.agreement, ranks=ranks, remarks=("Upre is odd.",))
    text = to_markdown(blocks_of(replace(EXPLANATION, agreement=said, baselines=("zero", "permute"))))
    assert "a column at 0: 0.50 (95 % interval -0.10 to 0.90)" in text
    assert "a column shuffled: 1.00 (no interval: that takes 10 columns that do not all agree)" in text
    assert "Upre is odd." in text
    assert "0.50 (95 % interval" not in to_markdown(blocks_of(replace(EXPLANATION, agreement=said)))


def test_json_of_a_search_holds_the_contract():
    document = json.loads(to_json(SEARCH, model="model.keras"))
    assert document["metrics"] == EXPLANATION.metrics
    assert document["importances"][0] == {
        "column": "Upre",
        "gamma": 2.5,
        "gamma_raw": 0.31,
        "gamma_se": 0.4,
        "mspe_intact": 31.2,
        "mspe_zero": 120.5,
        "mspe_mean": 40.0,
        "mspe_permute": 41.0,
        "mean_error_zero": 9.0,
        **dict.fromkeys(
            [
                "log_loss_intact",
                "log_loss_zero",
                "log_loss_mean",
                "log_loss_permute",
                "kept",
                "score",
                "verdict",
                "verdict_conditional",
            ]
        ),
        **dict.fromkeys(["mspe_conditional", "log_loss_conditional", "direction", "straightness", "total", "bound"]),
        "increases": [],
        "zero_is_off": False,
    }
    first, reference = document["leaderboard"][0], document["leaderboard"][4]
    keys = ("architecture", "arm", "weights", "cv_mse", "cv_se")
    assert [first[key] for key in keys] == ["3-3 tanh", "bn", 80, 31.25, 2.5]
    assert (first["reference"], reference["reference"]) == (None, "mean")
    assert len(document["leaderboard"]) == len(BOARD)
    assert document["notes"] == ["the search saw every row", "column 'id' is constant: left out"]
    assert (document["model"], document["seconds"], document["target"]) == ("model.keras", 4.56, "Ueq")
    assert set(document["versions"]) == {"bnfit", "python", "keras", "tensorflow", "numpy"}
    assert document["versions"]["numpy"] == np.__version__


@pytest.mark.parametrize("result", [FIT, EXPLANATION])
def test_metrics_and_importances_are_at_the_top_of_every_document(result):
    document = json.loads(to_json(result))
    assert document["metrics"]["r2"] == 0.91215
    assert [i["column"] for i in document["importances"]] == ["Upre", "U120", "Upos [mg]"]
    assert document["agreement"]["spearman"] == 0.5


def test_json_has_null_for_what_is_no_finite_number():
    result = prediction({"mse": math.nan, "mae": math.inf, "r2": np.float32(0.5)}, rows=np.int64(3))
    text = to_json(result, predictions=[{"prediction": -math.inf, "name": "é"}])
    document = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert document["metrics"] == {"mse": None, "mae": None, "r2": 0.5}
    assert document["predictions"] == [{"prediction": None, "name": "é"}]
    assert '"rows": 3,' in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (31.2, "31.20"),
        (0.0, "0.000"),
        (-0.0, "0.000"),
        (1234567.0, "1234567"),
        (12345678.0, "1.235e+07"),
        (0.00012346, "0.0001235"),
        (1e-9, "1.000e-09"),
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "–"),
        (9.9996, "10.000"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_columns_of_numbers_share_their_decimals():
    assert decimals_for([3210.4, 0.5, None, math.nan]) == 0
    assert decimals_for([14.3, 2.5]) == 2
    assert decimals_for([]) == 3
    assert (signed(2.5, 1), signed(-2.5, 1), signed(None)) == ("+2.5", "-2.5", "–")
    assert (spread(1.0, 0.25, 2), spread(1.0, None, 2), spread(None, None, 2)) == ("1.00 ± 0.25", "1.00", "–")


def test_equal_values_share_a_rank_and_missing_ones_have_none():
    assert ranks([3.0, 5.0, None, 3.0, math.nan, 1.0]) == [2, 1, None, 2, None, 4]


def test_a_table_with_a_cell_too_few_is_refused():
    with pytest.raises(ValueError, match="1 cells under 2 titles"):
        Grid(("a", "b"), (("1",),))


def test_there_is_no_report_of_anything_else():
    with pytest.raises(TypeError, match="no report for dict"):
        blocks_of({})
