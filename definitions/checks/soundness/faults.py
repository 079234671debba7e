"""All that is proved about the paths of a definition, told in one go."""

from definitions.checks.checking import Checking
from definitions.checks.soundness.left_open import left_open
from definitions.checks.soundness.reach import unreached
from definitions.checks.soundness.stuck import stuck
from definitions.checks.soundness.ways import explore


def check_paths(checking: Checking) -> None:
    """Report what no path reaches, what waits in vain and what is left open. Only of a definition without
    errors: of another one it isn't known what runs.
    """
    before = (*checking.document.diagnostics, *checking.definition.diagnostics, *checking.found)
    if any(each.severity == "error" for each in before):
        return
    explored = explore(checking)
    checking.found.extend((*unreached(explored), *stuck(explored), *left_open(explored)))
