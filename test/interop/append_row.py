"""Appends a row to a table of ours by PyIceberg: `python append_row.py FOLDER EVENT_ID`."""

import datetime
import sys

import pyarrow as pa

from folder_catalog import FolderCatalog

folder, event_id = sys.argv[1:]
table = FolderCatalog().load(folder)
row = {"event_id": event_id, "received_at": datetime.datetime(2026, 1, 1), "words": "from Python", "born": datetime.date(2026, 1, 2)}
table.append(pa.Table.from_pylist([row], schema=table.schema().as_arrow()))
