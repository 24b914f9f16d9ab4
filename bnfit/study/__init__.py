"""The paper's whole study: grid, repeated splits, sensitivity of inputs and hidden nodes, figures and a report.

report, evidence = run_study(source, "Ueq")
write_study(report, evidence, folder, force=False)
"""
