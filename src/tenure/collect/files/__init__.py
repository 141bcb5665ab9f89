"""`tenure import`: files in any layout become events and billing facts, as a map says.

map_model.py      what a map says, as values
map_file.py       reading and checking the map's text
kinds.py          the ten kinds a file can be of, and the fields each may fill
rows.py           rows of CSV, JSON lines and Parquet as texts, line by line
texts.py          the text of every field: columns, constants, templates, look-ups, null texts
columns.py        texts to instants, amounts, booleans, numbers, and what is wrong with the others
staging.py        the parts of each row, kept in DuckDB until all files are read
import_run.py     the order of it all; reconciled with what the lake knows, then shipped
mending.py        rows that were rejected, corrected and brought again
"""
