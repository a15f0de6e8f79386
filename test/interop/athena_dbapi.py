"""PyAthena, and SQLAlchemy on top of it (as Superset and dbt use them): `python athena_dbapi.py URL TRUTH_FILE`."""

import datetime
import decimal
import json
import os
import sys

url, truth_file = sys.argv[1:3]
os.environ["AWS_ENDPOINT_URL"] = url

from pyathena import connect
from pyathena.cursor import DictCursor
from pyathena.pandas.cursor import PandasCursor
from sqlalchemy import create_engine, inspect, text

from check import check, refused

truth = json.load(open(truth_file))
keys = {"aws_access_key_id": "any", "aws_secret_access_key": "thing", "region_name": "us-east-1"}
connection = connect(schema_name="firn", work_group="primary", poll_interval=0.05, **keys)


def rows(sql, *parameters, kind=None, **options):
    return connection.cursor(kind).execute(sql, *parameters, **options).fetchall()


kinds = {}
for kind in truth["kinds"].values():
    kinds[kind] = kinds.get(kind, 0) + 1
counts = sorted(kinds.items())

check("PyAthena: every event that was sent", sorted(row[0] for row in rows("SELECT event_id FROM web_log")), truth["web_log"])
check("PyAthena: groups", rows("SELECT event, count(*) FROM web_log GROUP BY 1 ORDER BY 1"), counts)
check("PyAthena: parameters of its own", rows("SELECT count(*) FROM web_log WHERE event = %(event)s", {"event": "cart"}), [(kinds["cart"],)])
check("PyAthena: execution parameters", rows("SELECT count(*) FROM web_log WHERE event = ?", ["'cart'"], paramstyle="qmark"), [(kinds["cart"],)])
check("PyAthena: rows by name", rows("SELECT 1 AS a, 'x' AS b", kind=DictCursor), [{"a": 1, "b": "x"}])
values = """SELECT TIMESTAMP '2024-01-31 12:00:00.500' t, DATE '2024-01-31' d, CAST(1.5 AS decimal(10, 2)) n, true b, 1e0 f,
    X'00ff' v, ARRAY[1, 2] a, MAP(ARRAY['k'], ARRAY[1]) m, BIGINT '9007199254740993' i, NULL z, 'ü, "x"' s"""
check(
    "PyAthena: values of every type",
    rows(values),
    [(datetime.datetime(2024, 1, 31, 12, 0, 0, 500000), datetime.date(2024, 1, 31), decimal.Decimal("1.50"), True, 1.0, b"\x00\xff", [1, 2], {"k": "1"}, 9007199254740993, None, 'ü, "x"')],
)
check("PyAthena: SHOW", ("web_log",) in rows("SHOW TABLES"), True)
check("PyAthena: EXPLAIN", rows("EXPLAIN SELECT 1")[0], ("Output: 1 columns",))
check("PyAthena: a table of metadata", connection.cursor().get_table_metadata("web_log", catalog_name="AwsDataCatalog", schema_name="firn").columns[0].name, "event_id")
refused("PyAthena: a wrong query", "OperationalError", lambda: rows("SELECT nothing FROM web_log"))
frame = connection.cursor(PandasCursor).execute("SELECT event, count(*) AS n FROM web_log GROUP BY 1 ORDER BY 1").as_pandas()
check("PyAthena: pandas, by the file of the result", list(frame.itertuples(index=False, name=None)), counts)

engine = create_engine(f"awsathena+rest://any:thing@athena.us-east-1.amazonaws.com:443/firn?work_group=primary&s3_staging_dir=s3://firn-results/")
inspector = inspect(engine)
check("SQLAlchemy: tables", "web_log" in inspector.get_table_names(), True)
check("SQLAlchemy: views", "web_log_unique" in inspector.get_view_names(), True)
check("SQLAlchemy: columns", [column["name"] for column in inspector.get_columns("web_log")][:2], ["event_id", "received_at"])
with engine.connect() as connected:
    found = connected.execute(text("SELECT count(*) FROM web_log WHERE event = :event"), {"event": "cart"}).scalar()
check("SQLAlchemy: a query with a parameter", found, kinds["cart"])
