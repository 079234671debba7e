"""The step kinds that read and write records, and the one function that changes a record from a step."""

from tasks.records.changes import Change, apply_update
from tasks.records.creating import create_record
from tasks.records.fetching import fetch_record
from tasks.records.relatives import fetch_related
from tasks.records.updating import update_record

__all__ = ["Change", "apply_update", "create_record", "fetch_record", "fetch_related", "update_record"]
