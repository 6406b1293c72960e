"""Wrong input for everything that reads what others wrote: made by mutation, repeatable by its seed and number.

``python -m tests.fuzzing extract --seconds 600`` runs one target, or all without a name; ``--only N`` repeats an input.
"""
