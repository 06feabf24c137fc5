"""What a record says: front, table, twins, tolerance, verification, progress."""
