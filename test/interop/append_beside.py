"""Appends rows, one commit each, to the table that delivery appends to: `python append_beside.py URL COMMITS`."""

import datetime
import json
import sys

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException

url, commits = sys.argv[1], int(sys.argv[2])
catalog = load_catalog("firn", type="rest", uri=f"{url}/iceberg")
time = datetime.datetime(2026, 1, 2, 3, 4, 5)
row = {"received_at": time, "user_id": "u", "session_id": "s", "event": "beside", "ip": "203.0.113.9", "hostname": "h", "timestamp": time, "uri": "/"}
lost = 0
for n in range(commits):
    for attempt in range(50):
        table = catalog.load_table("firn.web_log")
        try:
            table.append(pa.Table.from_pylist([{**row, "event_id": f"beside-{n}"}], schema=table.schema().as_arrow()))
            break
        except CommitFailedException:
            lost += 1
print(json.dumps({"lost": lost}))
