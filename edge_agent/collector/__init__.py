"""The hospital's side: it keeps what the terminals' journals say, once, and only where the chain holds.

One process with one database. `Ingest` decides what an arriving message means, `Store` holds all SQL
(SQLite now; a hospital that outgrows it changes that file alone), the page and the metrics only read.
"""
