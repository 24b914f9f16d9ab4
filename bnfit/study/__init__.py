"""The paper's whole study: grid, repeated splits, sensitivity of inputs and hidden nodes, figures and a report.

report, evidence = run_study(source, "Ueq")
write_study(report, evidence, folder, force=False)
"""

from bnfit.study.run import Evidence, run_study
from bnfit.study.write import check_folder, write_study

__all__ = ["Evidence", "check_folder", "run_study", "write_study"]
