"""What a study keeps: whole candidates in one chain, written by one driver at a time."""

from dse.store.examination import examine, repair_store
from dse.store.opening import open_store, read_record, read_store
from dse.store.owner import Owner
from dse.store.record import GIVEN, Candidate, Record, Scored, competing
from dse.store.store import Store

__all__ = [
    "GIVEN",
    "Candidate",
    "Owner",
    "Record",
    "Scored",
    "Store",
    "competing",
    "examine",
    "open_store",
    "read_record",
    "read_store",
    "repair_store",
]
