"""Networks, one a file, and the capture of a user's own."""
