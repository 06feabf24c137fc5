"""What a study keeps: whole candidates in one chain, written by one driver at a time."""

from dse.store.examination import Finding, examine, repair_store
from dse.store.lock import Owner
from dse.store.record import Candidate, Record, competing
from dse.store.store import Store, driver_of, open_store, read_record, read_store

__all__ = [
    "Candidate",
    "Finding",
    "Owner",
    "Record",
    "Store",
    "competing",
    "driver_of",
    "examine",
    "open_store",
    "read_record",
    "read_store",
    "repair_store",
]
