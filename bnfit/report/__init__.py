"""Results as text, JSON and Markdown. Nothing here computes more than ranks and rounding.

blocks = blocks_of(result)        # what the report says
show(blocks, sys.stdout)          # on a terminal, or as plain text
to_markdown(blocks)               # as Markdown
to_json(result)                   # everything the result holds
"""

from bnfit.report.blocks import Block, Grid, Line, printable
from bnfit.report.content import TOP, blocks_of
from bnfit.report.documents import Result, installed_versions, to_json, to_markdown
from bnfit.report.terminal import show, to_rich, to_text

__all__ = [
    "TOP",
    "Block",
    "Grid",
    "Line",
    "Result",
    "blocks_of",
    "installed_versions",
    "printable",
    "show",
    "to_json",
    "to_markdown",
    "to_rich",
    "to_text",
]
