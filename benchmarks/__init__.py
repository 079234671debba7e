"""Side-by-side measurements: the same intake by Casewright and by its peers, in one run on one machine.

`python -m benchmarks --help` says what can be measured; docs/performance.md says how, and has the figures.
Nothing of the product imports this package, and it is not in the wheel.
"""
