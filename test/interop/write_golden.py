"""Writes the golden tables of PyIceberg: `python write_golden.py FOLDER`. See test/golden/tables/README.md."""

import datetime
import sys
import uuid
from decimal import Decimal

import pyarrow as pa
from pyiceberg.expressions import EqualTo
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    BinaryType, BooleanType, DateType, DecimalType, DoubleType, FixedType, FloatType, IntegerType, ListType,
    LongType, MapType, NestedField, StringType, StructType, TimestampType, TimestamptzType, UUIDType,
)

from folder_catalog import FolderCatalog

root = sys.argv[1]
catalog = FolderCatalog()


def field(number, name, kind, required=False):
    return NestedField(number, name, kind, required=required)


def append(table, rows):
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))


def every_type():
    schema = Schema(
        field(1, "id", LongType(), True), field(2, "flag", BooleanType()), field(3, "small", IntegerType()),
        field(4, "single", FloatType()), field(5, "twice", DoubleType()), field(6, "words", StringType()),
        field(7, "raw", BinaryType()), field(8, "four", FixedType(4)), field(9, "key", UUIDType()),
        field(10, "born", DateType()), field(11, "seen", TimestampType()), field(12, "zoned", TimestamptzType()),
        field(13, "price", DecimalType(9, 2)), field(14, "huge", DecimalType(38, 10)),
        field(15, "tags", ListType(16, StringType(), element_required=False)),
        field(17, "counts", MapType(18, StringType(), 19, LongType(), value_required=False)),
        field(20, "inner", StructType(field(21, "at", TimestampType()), field(22, "select", StringType()))),
    )
    spec = PartitionSpec(PartitionField(13, 1000, IdentityTransform(), "price"), PartitionField(10, 1001, IdentityTransform(), "born"))
    table = catalog.create(f"{root}/pyiceberg-every-type", schema, spec)
    utc = datetime.timezone.utc
    append(table, [
        {"id": 1},
        {
            "id": 2, "flag": True, "small": -(2**31), "single": float("nan"), "twice": float("-inf"),
            "words": "zażółć 🎉", "raw": b"\x00\xff", "four": b"\x01\x02\x03\x04",
            "key": uuid.UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7").bytes, "born": datetime.date(1969, 12, 31),
            "seen": datetime.datetime(1969, 12, 31, 23, 59, 59, 999999),
            "zoned": datetime.datetime(2100, 1, 1, tzinfo=utc), "price": Decimal("-0.01"),
            "huge": Decimal("-9999999999999999999999999999.9999999999"), "tags": ["", None],
            "counts": [("a", None), ("b", 2**63 - 1)], "inner": {"at": None, "select": "x"},
        },
        {"id": 3, "words": "", "raw": b"", "tags": [], "counts": [], "inner": {"at": datetime.datetime(2024, 2, 29), "select": None}},
    ])


def evolved():
    schema = Schema(
        field(1, "id", LongType(), True), field(2, "n", IntegerType()), field(3, "x", FloatType()),
        field(4, "s", StructType(field(5, "a", IntegerType()), field(6, "b", StringType()))), field(7, "gone", StringType()),
    )
    table = catalog.create(f"{root}/pyiceberg-evolved", schema)
    append(table, [{"id": 1, "n": 1, "x": 0.5, "s": {"a": 1, "b": "b"}, "gone": "was here"}, {"id": 2}])
    with table.update_schema() as change:
        change.update_column("n", LongType())
        change.rename_column("n", "number")
        change.update_column("x", DoubleType())
        change.rename_column(("s", "b"), "bee")
        change.add_column(("s", "c"), DoubleType())
        change.delete_column("gone")
        change.add_column("news", StringType())
        change.move_first("news")
    with table.update_spec() as change:
        change.add_field("id", IdentityTransform(), "id_part")
    append(table, [{"id": 3, "number": 2**40, "x": 1e300, "s": {"a": 3, "bee": "bee", "c": 0.25}, "news": "new"}, {"id": 4}])
    with table.update_spec() as change:
        change.remove_field("id_part")
        change.add_field("news", IdentityTransform(), "news_id")
    append(table, [{"id": 5, "news": "n"}, {"id": 6, "news": "gone"}])
    table.delete(EqualTo("news", "gone"))
    table.delete(EqualTo("id", 4))


every_type()
evolved()
