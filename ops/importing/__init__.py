"""Import of a folder of CSV files: clients, households, incomes, contacts, staff, services.

All or nothing, unless bad rows are to be skipped. What is in the database already stays as it is, so that
the same folder can be imported again.
"""

from ops.importing.folder import Imported, ImportRefusedError, import_folder
from ops.importing.problems import RowProblem
from ops.importing.rejects import write_rejects

__all__ = ["ImportRefusedError", "Imported", "RowProblem", "import_folder", "write_rejects"]
