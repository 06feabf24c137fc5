"""The command line: one file a verb's output. Only here is anything printed."""
