"""Decision tables as DMN XML (Object Management Group, DMN 1.3 to 1.5), conformance level 2: both ways.

`read_table` and `table_yaml` bring a table of a file into the language, `write_table` gives one on.
"""

from definitions.tables.dmn.dmn_table import DmnError, DmnTable
from definitions.tables.dmn.document import read_table
from definitions.tables.dmn.writing import write_table
from definitions.tables.dmn.yaml_text import process_yaml, shared_yaml, step_yaml

__all__ = ["DmnError", "DmnTable", "process_yaml", "read_table", "shared_yaml", "step_yaml", "write_table"]
