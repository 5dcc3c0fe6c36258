"""Run pysync as `python -m pysync`."""

from __future__ import annotations

from pysync.cli import main

if __name__ == "__main__":
    main()
