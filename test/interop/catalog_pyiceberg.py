"""PyIceberg at work through the REST catalog: `python catalog_pyiceberg.py URL HOME EVENT_IDS_FILE CREDENTIAL?`."""

import datetime
import json
import sys
import threading

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.expressions import EqualTo
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform
from pyiceberg.types import DoubleType, LongType, NestedField, StringType, TimestampType

from check import check, holds, refused

url, home, truth_file = sys.argv[1:4]
truth = json.load(open(truth_file))
catalog = load_catalog("firn", type="rest", uri=f"{url}/iceberg")
web_log = catalog.load_table("firn.web_log")


def ids(table, **options):
    return sorted(table.scan(selected_fields=("event_id",), **options).to_arrow()["event_id"].to_pylist())


def visit(event_id):
    time = datetime.datetime(2026, 1, 2, 3, 4, 5)
    return {
        "event_id": event_id, "received_at": time, "user_id": "u", "session_id": "s", "event": "foreign", "ip": "203.0.113.9",
        "hostname": "h", "timestamp": time, "uri": "/",
    }


def append(table, rows):
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))


check("lists the namespace and the tables", [("firn",) in catalog.list_namespaces(), ("firn", "web_log") in catalog.list_tables("firn")], [True, True])
check("reads every event that was sent", ids(web_log), truth["web_log"])
carts = sorted(event for event, kind in truth["kinds"].items() if kind == "cart")
check("prunes by partition", ids(web_log, row_filter=EqualTo("event", "cart")), carts)

# A table of its own.
catalog.create_namespace("lab", {"owner": "python"})
schema = Schema(
    NestedField(1, "id", LongType(), required=True), NestedField(2, "words", StringType()), NestedField(3, "at", TimestampType())
)
spec = PartitionSpec(PartitionField(3, 1000, DayTransform(), "at_day"))
notes = catalog.create_table("lab.notes", schema, partition_spec=spec, properties={"owner": "python"})
day = datetime.datetime(2026, 1, 1)
append(notes, [{"id": n, "words": f"w{n}", "at": day + datetime.timedelta(days=n % 2)} for n in range(4)])
first = notes.current_snapshot().snapshot_id
with notes.update_schema() as change:
    change.add_column("score", DoubleType())
    change.rename_column("words", "text")
append(notes, [{"id": 4, "text": "new", "at": day, "score": 0.5}])
notes.delete(EqualTo("id", 2))
with notes.update_spec() as change:
    change.add_identity("text")
append(notes, [{"id": 5, "text": None, "at": day, "score": None}])
rows = sorted((row["id"], row["text"], row["score"]) for row in catalog.load_table("lab.notes").scan().to_arrow().to_pylist())
check("evolves, deletes and partitions anew", rows, [(0, "w0", None), (1, "w1", None), (3, "w3", None), (4, "new", 0.5), (5, None, None)])
check("goes back in time", sorted(notes.scan(snapshot_id=first).to_arrow()["id"].to_pylist()), [0, 1, 2, 3])
check("tells its snapshots", [snapshot.summary.operation.value for snapshot in notes.snapshots()][:2], ["append", "append"])
notes.manage_snapshots().create_tag(first, "begin").commit()
check("tags", sorted(catalog.load_table("lab.notes").refs()), ["begin", "main"])
catalog.rename_table("lab.notes", "lab.memos")
memos = catalog.load_table("lab.memos")
check("is renamed with its rows", memos.scan().to_arrow().num_rows, 5)
location = memos.metadata_location
catalog.drop_table("lab.memos")
check("is dropped", catalog.list_tables("lab"), [])
check("is registered again", catalog.register_table("lab.kept", location).scan().to_arrow().num_rows, 5)


def staged():
    with catalog.create_table_transaction("lab.whole", schema) as transaction:
        transaction.append(pa.Table.from_pylist([{"id": 1, "words": "w", "at": day}], schema=schema.as_arrow()))
    assert catalog.load_table("lab.whole").scan().to_arrow().num_rows == 1


holds("creates a table and its first rows in one commit", staged)


def upserted():
    keyed = Schema(NestedField(1, "id", LongType(), required=True), NestedField(2, "words", StringType()), identifier_field_ids=[1])
    table = catalog.create_table("lab.keyed", keyed)
    append(table, [{"id": 1, "words": "a"}, {"id": 2, "words": "b"}])
    table.upsert(pa.Table.from_pylist([{"id": 2, "words": "B"}, {"id": 3, "words": "c"}], schema=table.schema().as_arrow()))
    found = sorted((row["id"], row["words"]) for row in table.scan().to_arrow().to_pylist())
    assert found == [(1, "a"), (2, "B"), (3, "c")], found


holds("upserts", upserted)

# Writing to the table that delivery writes to.
append(catalog.load_table("firn.web_log"), [visit("py-0")])


def writer(n):
    append(catalog.load_table("firn.web_log"), [visit(f"py-{n}")])


def patiently(n):
    # Its own retries may be used up where delivery commits all the time.
    for _ in range(30):
        try:
            return writer(n)
        except Exception as error:
            if type(error).__name__ != "CommitFailedException":
                raise


threads = [threading.Thread(target=patiently, args=(n,)) for n in range(1, 4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
check(
    "three threads append to the table that delivery appends to",
    [event for event in ids(catalog.load_table("firn.web_log")) if event.startswith("py-")],
    [f"py-{n}" for n in range(4)],
)
progress = {name: value for name, value in web_log.properties.items() if name.startswith("firn.progress.")}
after = catalog.load_table("firn.web_log").properties
check("delivery's progress is still there", sorted(set(progress) - set(after)), [])
catalog.load_table("firn.web_log").delete(EqualTo("event_id", "py-3"))
check("a row is deleted", "py-3" in ids(catalog.load_table("firn.web_log")), False)


def add_required():
    with catalog.load_table("firn.web_log").update_schema(allow_incompatible_changes=True) as change:
        change.delete_column("uri")


refused("a column of a contract is not dropped", "ForbiddenError", add_required)
refused("a table of a contract is not dropped", "ForbiddenError", lambda: catalog.purge_table("firn.web_log"))
refused("what is not there is not found", "NoSuchTableError", lambda: catalog.load_table("lab.none"))
refused("a namespace with tables is not dropped", "NamespaceNotEmptyError", lambda: catalog.drop_namespace("lab"))
refused("what is there is not made again", "TableAlreadyExistsError", lambda: catalog.create_table("lab.kept", schema))
for name in ("kept", "whole", "keyed"):
    catalog.purge_table(f"lab.{name}")
catalog.drop_namespace("lab")
check("all is cleaned up", catalog.list_namespaces(), [("firn",)])
