"""One module per command; `register(app)` adds it to the command line. Heavy imports stay inside the functions."""
