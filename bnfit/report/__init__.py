"""Results as text, JSON and Markdown. Nothing here computes more than ranks and rounding.

blocks = blocks_of(result)        # what the report says
show(blocks, sys.stdout)          # on a terminal, or as plain text
to_markdown(blocks)               # as Markdown
to_json(result)                   # everything the result holds
"""
