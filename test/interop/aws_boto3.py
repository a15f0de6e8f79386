"""boto3 at work on the endpoint: `python aws_boto3.py URL HOME TRUTH_FILE`. Without keys, any credentials do."""

import json
import os
import sys
import time

import boto3
from botocore.config import Config

from check import check, holds, refused

url, home, truth_file = sys.argv[1:4]
truth = json.load(open(truth_file))
session = boto3.Session(aws_access_key_id="any", aws_secret_access_key="thing", region_name="us-east-1")
config = Config(retries={"max_attempts": 1}, parameter_validation=True)


def client(service, path=""):
    return session.client(service, endpoint_url=url + path, config=config)


account = client("sts").get_caller_identity()["Account"]
check("STS: who am I", account, "000000000000")

# Athena
athena = client("athena")


def query(sql, **options):
    started = athena.start_query_execution(QueryString=sql, QueryExecutionContext={"Database": "firn"}, **options)
    identifier = started["QueryExecutionId"]
    while True:
        execution = athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.05)
    if execution["Status"]["State"] != "SUCCEEDED":
        return execution["Status"]["StateChangeReason"]
    rows = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier):
        rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
    return rows[1:]


ids = query("SELECT event_id FROM web_log")
check("Athena: every event that was sent", sorted(row[0] for row in ids), truth["web_log"])
kinds = {}
for kind in truth["kinds"].values():
    kinds[kind] = kinds.get(kind, 0) + 1
check("Athena: groups", query("SELECT event, count(*) FROM web_log GROUP BY 1 ORDER BY 1"), [[kind, str(kinds[kind])] for kind in sorted(kinds)])
check("Athena: parameters", query("SELECT count(*) FROM web_log WHERE event = ?", ExecutionParameters=["'cart'"]), [[str(kinds["cart"])]])
athena.create_prepared_statement(StatementName="by_event", WorkGroup="primary", QueryStatement="SELECT count(*) FROM web_log WHERE event = ?")
check("Athena: prepared statements", query("EXECUTE by_event USING 'view'"), [[str(kinds["view"])]])
check("Athena: a wrong query tells why", "nowhere" in str(query("SELECT * FROM nowhere")), True)
check("Athena: databases", [database["Name"] for database in athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]], ["firn"])
described = athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="firn", TableName="web_log")["TableMetadata"]
check("Athena: a table's columns", [column["Name"] for column in described["Columns"]][:2], ["event_id", "received_at"])
check("Athena: workgroups", "primary" in [group["Name"] for group in athena.list_work_groups()["WorkGroups"]], True)
listed = athena.list_query_executions()["QueryExecutionIds"]
batch = athena.batch_get_query_execution(QueryExecutionIds=listed[:3])
check("Athena: executions by batch", len(batch["QueryExecutions"]), 3)
statistics = athena.get_query_runtime_statistics(QueryExecutionId=listed[-1])
check("Athena: runtime statistics", "Rows" in statistics["QueryRuntimeStatistics"], True)

# Glue
glue = client("glue")
check("Glue: databases", [database["Name"] for database in glue.get_databases()["DatabaseList"]], ["firn"])
tables = {table["Name"]: table for page in glue.get_paginator("get_tables").paginate(DatabaseName="firn") for table in page["TableList"]}
check("Glue: tables", "web_log" in tables and "rejected" in tables, True)
parameters = glue.get_table(DatabaseName="firn", Name="web_log")["Table"]["Parameters"]
check("Glue: an Iceberg table", parameters["table_type"], "ICEBERG")
check("Glue: where its metadata is", parameters["metadata_location"].endswith(".metadata.json"), True)
refused("Glue: no such table", "EntityNotFoundException", lambda: glue.get_table(DatabaseName="firn", Name="none"))

# Lake Formation
formation = client("lakeformation")
check("Lake Formation: settings", "DataLakeSettings" in formation.get_data_lake_settings(), True)
check("Lake Formation: permissions", len(formation.list_permissions()["PrincipalResourcePermissions"]) > 0, True)

# S3: the warehouse as objects, at the endpoint and below /s3
files = {}
for folder, _, names in os.walk(os.path.join(home, "warehouse", "firn", "app_event")):
    for name in names:
        path = os.path.join(folder, name)
        files[os.path.relpath(path, os.path.join(home, "warehouse"))] = open(path, "rb").read()
for path in ("", "/s3"):
    s3 = session.client("s3", endpoint_url=url + path, config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="firn-warehouse", Prefix="firn/app_event/", PaginationConfig={"PageSize": 2})
    sizes = {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", [])}
    check(f"S3{path}: lists the files of a table", sizes, {key: len(data) for key, data in files.items()})
    key, data = max(files.items(), key=lambda item: len(item[1]))
    check(f"S3{path}: tells a file's size", s3.head_object(Bucket="firn-warehouse", Key=key)["ContentLength"], len(data))
    check(f"S3{path}: gives a file", s3.get_object(Bucket="firn-warehouse", Key=key)["Body"].read() == data, True)
    part = s3.get_object(Bucket="firn-warehouse", Key=key, Range="bytes=4-11")["Body"].read()
    check(f"S3{path}: gives a part of it", part == data[4:12], True)
    refused(f"S3{path}: what is not there", "NoSuchKey", lambda: s3.get_object(Bucket="firn-warehouse", Key="none"))
    refused(f"S3{path}: nothing is written", "MethodNotAllowed", lambda: s3.put_object(Bucket="firn-warehouse", Key="x", Body=b"x"))
result = athena.get_query_execution(QueryExecutionId=listed[-1])["QueryExecution"]["ResultConfiguration"]["OutputLocation"]
bucket, key = result.removeprefix("s3://").split("/", 1)
first = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode().splitlines()[0]
check("S3: a query's result is where Athena says", first, '"event_id"')

# Kinesis
kinesis = client("kinesis")
check("Kinesis: streams", kinesis.list_streams()["StreamNames"], ["firn-events"])
summary = kinesis.describe_stream_summary(StreamName="firn-events")["StreamDescriptionSummary"]
check("Kinesis: an open stream", summary["StreamStatus"], "ACTIVE")
shards = [shard["ShardId"] for shard in kinesis.list_shards(StreamName="firn-events")["Shards"]]
check("Kinesis: as many shards as it says", len(shards), summary["OpenShardCount"])
check("Kinesis: tags", kinesis.list_tags_for_stream(StreamName="firn-events")["HasMoreTags"], False)


def event(identifier):
    data = {"event_id": identifier, "user_id": "u", "session_id": "s", "event": "boto", "ip": "203.0.113.9", "hostname": "h"}
    return json.dumps({**data, "timestamp": "2026-01-02T03:04:05Z", "uri": "/"}).encode()


def read(iterator):
    records = []
    for _ in range(100):
        answer = kinesis.get_records(ShardIterator=iterator, Limit=1000)
        records += answer["Records"]
        iterator = answer.get("NextShardIterator")
        if answer["MillisBehindLatest"] == 0:
            break
    return records


def iterator(shard, kind, **options):
    return kinesis.get_shard_iterator(StreamName="firn-events", ShardId=shard, ShardIteratorType=kind, **options)["ShardIterator"]


everything = [record for shard in shards for record in read(iterator(shard, "TRIM_HORIZON"))]
check("Kinesis: all records from the beginning", len(everything), len(truth["web_log"]))
latest = {shard: iterator(shard, "LATEST") for shard in shards}
put = kinesis.put_record(StreamName="firn-events", Data=event("boto-0"), PartitionKey="k")
shard, number = put["ShardId"], put["SequenceNumber"]
check("Kinesis: LATEST begins after what was there", [record["Data"] for record in read(latest[shard])], [event("boto-0")])
at = read(iterator(shard, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=number))
check("Kinesis: AT_SEQUENCE_NUMBER begins with the record", [record["SequenceNumber"] for record in at], [number])
check("Kinesis: AFTER_SEQUENCE_NUMBER begins after it", read(iterator(shard, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=number)), [])
arrived = at[0]["ApproximateArrivalTimestamp"]
check("Kinesis: AT_TIMESTAMP begins with what came then", event("boto-0") in [record["Data"] for record in read(iterator(shard, "AT_TIMESTAMP", Timestamp=arrived))], True)
many = kinesis.put_records(StreamName="firn-events", Records=[{"Data": event(f"boto-{n}"), "PartitionKey": f"k{n}"} for n in range(1, 6)])
check("Kinesis: PutRecords", many["FailedRecordCount"], 0)
refused("Kinesis: another stream is not there", "ResourceNotFoundException", lambda: kinesis.put_record(StreamName="none", Data=b"{}", PartitionKey="k"))

# Firehose
firehose = client("firehose")
check("Firehose: delivery streams", sorted(firehose.list_delivery_streams()["DeliveryStreamNames"]), ["firn-direct", "firn-events"])
direct = firehose.describe_delivery_stream(DeliveryStreamName="firn-direct")["DeliveryStreamDescription"]
check("Firehose: takes puts", direct["DeliveryStreamType"], "DirectPut")
firehose.put_record(DeliveryStreamName="firn-direct", Record={"Data": event("boto-6")})
batch = firehose.put_record_batch(DeliveryStreamName="firn-direct", Records=[{"Data": event("boto-7")}, {"Data": event("boto-8")}])
check("Firehose: PutRecordBatch", batch["FailedPutCount"], 0)
refused("Firehose: a stream that Kinesis feeds takes no puts", "InvalidArgumentException", lambda: firehose.put_record(DeliveryStreamName="firn-events", Record={"Data": b"{}"}))

expected = [f"boto-{n}" for n in range(9)]
for _ in range(200):
    found = sorted(row[0] for row in query("SELECT event_id FROM web_log WHERE event = 'boto'"))
    if len(found) >= len(expected):
        break
    time.sleep(0.1)
check("what was put by either becomes rows, once", found, expected)


def unknown():
    kinesis.create_stream(StreamName="x", ShardCount=1)


refused("an operation that is not there", "UnknownOperationException", unknown)
