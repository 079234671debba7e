"""The step kinds that read and write records, and the one function that changes a record from a step."""

from tasks.changes import Change, apply_update
from tasks.creating import create_record
from tasks.fetching import fetch_record
from tasks.relatives import fetch_related
from tasks.updating import update_record

__all__ = ["Change", "apply_update", "create_record", "fetch_record", "fetch_related", "update_record"]
