"""`python -m dse` is `dse`."""

from dse.command import main

main()
