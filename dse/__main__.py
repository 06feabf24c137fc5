"""`python -m dse` is `dse`."""

from dse.commands.main import main

main()
