"""AWS's command line at work on the endpoint: `python aws_cli.py AWS_PROGRAM URL HOME TRUTH_FILE`."""

import json
import os
import subprocess
import sys
import tempfile
import time

from check import check

aws, url, home, truth_file = sys.argv[1:5]
truth = json.load(open(truth_file))
nothing = os.path.join(tempfile.gettempdir(), "no-such-aws-configuration")
environment = {
    **os.environ, "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "thing", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "", "AWS_CONFIG_FILE": nothing, "AWS_SHARED_CREDENTIALS_FILE": nothing,
}


def run(*words, **more):
    done = subprocess.run([aws, *words, "--output", "json"], env={**environment, **more}, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        return done.stderr.strip()
    return json.loads(done.stdout) if done.stdout.strip() else None


def query(sql):
    started = run("athena", "start-query-execution", "--query-string", sql, "--query-execution-context", "Database=firn")
    identifier = started["QueryExecutionId"]
    while True:
        status = run("athena", "get-query-execution", "--query-execution-id", identifier)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.1)
    rows = run("athena", "get-query-results", "--query-execution-id", identifier)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]


check("sts get-caller-identity", run("sts", "get-caller-identity")["Account"], "000000000000")
check("athena counts every event that was sent", query("SELECT count(*) FROM web_log"), [[str(len(truth["web_log"]))]])
check("athena pages through every event", sorted(row[0] for row in query("SELECT event_id FROM web_log")), truth["web_log"])
names = [table["Name"] for table in run("glue", "get-tables", "--database-name", "firn")["TableList"]]
check("glue get-tables", "web_log" in names, True)
check("kinesis list-streams", run("kinesis", "list-streams")["StreamNames"], ["firn-events"])
check("firehose list-delivery-streams", sorted(run("firehose", "list-delivery-streams")["DeliveryStreamNames"]), ["firn-direct", "firn-events"])
check("lakeformation get-data-lake-settings", "DataLakeSettings" in run("lakeformation", "get-data-lake-settings"), True)
event = {"event_id": "cli-0", "user_id": "u", "session_id": "s", "event": "cli", "ip": "203.0.113.9", "hostname": "h", "timestamp": "2026-01-02T03:04:05Z", "uri": "/"}
file = tempfile.NamedTemporaryFile(suffix=".json")
file.write(json.dumps(event).encode())
file.flush()
put = run("kinesis", "put-record", "--stream-name", "firn-events", "--partition-key", "k", "--data", f"fileb://{file.name}")
check("kinesis put-record", "SequenceNumber" in put, True)
for _ in range(50):
    found = query("SELECT event_id FROM web_log WHERE event = 'cli'")
    if found:
        break
check("what was put becomes a row", found, [["cli-0"]])
check("an operation that is not there is refused", "UnknownOperationException" in run("kinesis", "create-stream", "--stream-name", "x"), True)
