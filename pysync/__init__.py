"""Keeps differently shaped PostgreSQL tables in step, both ways, from mapping rows a DBA writes in SQL."""

import logging

__version__ = "0.1.0"

# Whoever wants the log sets a handler; without one the words of the log would stand among the command's own.
logging.getLogger(__name__).addHandler(logging.NullHandler())
