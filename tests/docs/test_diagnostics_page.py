"""Every code is explained, and every example of `docs/diagnostics.md` is what the program really says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from explained_examples import MADE, answer, rewritten

from definitions.codes import CODES
from definitions.explained import PARTS, TEXTS, explained

FILES = sorted(TEXTS.glob("CW*.md"))
HOW = """add to definitions/code_texts/{file}.md, in the order of the codes, and run
`pytest tests/docs --rewrite-golden` twice, which fills in the message and the page:

## {code}: {title}

**What it means.** ...

**Why it matters.** What goes wrong for people where it is not mended.

**What to do.** ...

```yaml wrong
(a few keys of a definition; what is missing is added: tests/support/explained_examples.py)
```

```text
```

```yaml right
(the same, mended)
```
"""


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code: str) -> None:
    told = HOW.format(code=code, file=code[:3], title=CODES[code])
    assert code in explained(), f"{code} is not explained: {told}"
    found = explained()[code]
    assert found.title == CODES[code]
    assert all(found.part(label) for label in PARTS), f"{code} lacks one of {PARTS}"


def test_nothing_else_is_explained() -> None:
    assert list(explained()) == sorted(CODES)


@pytest.mark.parametrize("code", explained())
def test_the_wrong_example_gives_that_code_alone_and_the_right_one_nothing(code: str) -> None:
    found = explained()[code]
    roles = [each.role for each in found.examples if each.role != "beside"]
    assert roles == (["text"] if code in MADE else ["wrong", "text", "right"]), HOW
    said = [each.code for each in answer(found, "wrong")]
    assert (said[-1:] if code == "CW129" else said) == [code]
    assert [each.code for each in answer(found, "right")] == []


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_each_message_is_the_one_that_the_program_gives(
    file: Path, golden: Callable[[Path, str], None]
) -> None:
    golden(file, rewritten(file))
