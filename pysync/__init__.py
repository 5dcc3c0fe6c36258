"""Keeps differently shaped PostgreSQL tables in step, both ways, from mapping rows a DBA writes in SQL."""

__version__ = "0.1.0"
