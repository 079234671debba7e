"""Names of somebody else's file as ids of the language: `Loan Amount (EUR)` becomes `loan_amount_eur`."""

import re
import unicodedata
from collections.abc import Collection

from definitions.checks.ids import LONGEST, id_problem, name_problem
from definitions.expressions.functions import FUNCTIONS


def as_id(name: str, taken: Collection[str], usual: str, *, alone: bool = True) -> str:
    """An id that is near a name and not taken yet; `usual` where nothing of the name is left.

    `alone` says that expressions read it alone, so that it cannot be the name of a function or a role.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    found = re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")[: LONGEST - 6].strip("_") or usual
    if not found[0].isalpha():
        found = f"{usual}_{found}"
    if (id_problem(found, FUNCTIONS) if alone else name_problem(found)) is not None:
        found = f"the_{found}"
    numbers = (f"{found}_{number}" for number in range(2, len(taken) + 3))
    return found if found not in taken else next(each for each in numbers if each not in taken)


def as_process(name: str) -> str:
    """The name of a process that is near a name."""
    return as_id(name, (), "decision").replace("_", "-")
