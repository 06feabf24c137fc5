"""What a study keeps: whole candidates in one chain, written by one driver at a time."""
