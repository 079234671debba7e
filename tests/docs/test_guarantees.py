"""The page of guarantees shows the figures that `make chaos` wrote down last."""

import runpy

from written_docs import DOCS, ROOT


def test_the_table_is_that_of_the_latest_chaos() -> None:
    page = (DOCS / "guarantees.md").read_text(encoding="utf-8")
    figures = runpy.run_path(str(ROOT / "tests" / "chaos" / "figures.py"))
    assert figures["written"](page, figures["kept"]()) == page
