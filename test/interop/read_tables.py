"""Reads Iceberg tables by PyIceberg: metadata files in, a line of JSON for each out.

The spelling of values is that of test/helpers/canonical.ts."""

import datetime
import json
import math
import struct
import sys

from pyiceberg.table import StaticTable
from pyiceberg.types import (
    BinaryType, BooleanType, DateType, DecimalType, DoubleType, FixedType, FloatType, ListType, MapType,
    StructType, TimestampType, TimestamptzType,
)

EPOCH = datetime.datetime(1970, 1, 1)


def canonical(kind, value):
    if value is None:
        return None
    if isinstance(kind, StructType):
        return {field.name: canonical(field.field_type, value[field.name]) for field in kind.fields}
    if isinstance(kind, ListType):
        return [canonical(kind.element_type, item) for item in value]
    if isinstance(kind, MapType):
        pairs = value.items() if isinstance(value, dict) else value
        return sorted([canonical(kind.key_type, k), canonical(kind.value_type, v)] for k, v in pairs)
    if isinstance(kind, BooleanType):
        return value
    if isinstance(kind, (FloatType, DoubleType)):
        return "NaN" if math.isnan(value) else struct.pack(">d", value).hex()
    if isinstance(kind, DateType):
        return str((value - EPOCH.date()).days)
    if isinstance(kind, (TimestampType, TimestamptzType)):
        return str((value.replace(tzinfo=None) - EPOCH) // datetime.timedelta(microseconds=1))
    if isinstance(kind, DecimalType):
        return format(value, "f")
    if isinstance(kind, (BinaryType, FixedType)):
        return value.hex()
    return str(value)


def read(metadata):
    table = StaticTable.from_metadata(metadata)
    rows = table.scan().to_arrow().to_pylist()
    return [canonical(table.schema().as_struct(), row) for row in rows]


for name in sys.argv[1:]:
    try:
        print(json.dumps({"rows": read(name)}))
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
