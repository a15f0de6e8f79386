"""DuckDB's Python build over tables of the lakehouse: `python duckdb_python.py URL HOME TRUTH_FILE`."""

import json
import sys

import duckdb
from pyiceberg.catalog import load_catalog

from check import check, skip

url, home, truth_file = sys.argv[1:4]
truth = json.load(open(truth_file))
connection = duckdb.connect()


def column(sql, *parameters):
    return [row[0] for row in connection.execute(sql, parameters).fetchall()]


try:
    connection.execute("INSTALL iceberg; LOAD iceberg")
    connection.execute(f"ATTACH 'firn' AS lake (TYPE iceberg, ENDPOINT '{url}/iceberg', AUTHORIZATION_TYPE 'none')")
    check("attaches the REST catalog", sorted(column("SELECT event_id FROM lake.firn.web_log")), truth["web_log"])
except duckdb.IOException as error:
    skip("attaches the REST catalog", f"its extension iceberg cannot be had here ({str(error).splitlines()[0][:120]})")

table = load_catalog("firn", type="rest", uri=f"{url}/iceberg").load_table("firn.web_log")
files = [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]
check("reads the Parquet files that the catalog names", sorted(column("SELECT event_id FROM read_parquet($1)", files)), truth["web_log"])
connection.register("web_log", table.scan().to_arrow())
kinds = {kind: list(truth["kinds"].values()).count(kind) for kind in set(truth["kinds"].values())}
check("groups what PyIceberg hands it", dict(connection.execute("SELECT event, count(*) FROM web_log GROUP BY 1").fetchall()), kinds)
