"""One STT-MRAM cell: parameters, write errors, write energy, retention."""
