"""A table of a hundred rows: the search's winner against linear regression, and γ against the zero-out error.

    python benchmarks/accuracy_small.py DATA --target COL [--where EXPR] [--columns A,B,…] [--seeds N]

For each seed (which draws the folds and the starts): the winner's cross-validated error over that of linear regression
on the same folds, and for the default `fit` the correlation over folds × columns of γ with the increase of the error.
"""

from __future__ import annotations

import argparse
import os
import statistics

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--target", required=True)
    parser.add_argument("--where")
    parser.add_argument("--columns", default="", help="inputs, separated by commas; all by default")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    from bnfit.ensemble.fit_table import fit_table
    from bnfit.table.source import load_table
    from bnfit.tuning.search_table import search_table

    frame = load_table(options.data, options.where).frame
    if options.columns:
        frame = frame[[*options.columns.split(","), options.target]]
    ratios, calibrated, raw = [], [], []
    for seed in range(options.seeds):
        board = search_table(frame, options.target, seed=seed)[0].leaderboard
        linear = next(row for row in board if row.reference == "linear")
        ratios.append(board[0].cv_mse / linear.cv_mse)
        agreement = fit_table(frame, options.target, seed=seed)[0].explanation.agreement
        calibrated.append(agreement.pearson)
        raw.append(agreement.pearson_raw)
        print(
            f"seed {seed}: {board[0].architecture} {board[0].cv_mse:.1f}, linear {linear.cv_mse:.1f}, "
            f"ratio {ratios[-1]:.3f}; γ {calibrated[-1]:.3f}, raw γ {raw[-1]:.3f}",
            flush=True,
        )
    means = ", ".join(
        f"{name} {statistics.mean(values):.3f} ± {statistics.stdev(values) if len(values) > 1 else 0:.3f}"
        for name, values in (("ratio", ratios), ("γ", calibrated), ("raw γ", raw))
    )
    print(f"mean ± sd over {options.seeds} seeds: {means}")


if __name__ == "__main__":
    main()
