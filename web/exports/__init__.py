"""Lists that people take away, as CSV and XLSX: their columns, how cells are made inert, what is audited."""
