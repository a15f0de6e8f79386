/**
 * `PUT …/records?wait=committed`: the answer comes when the records are in a snapshot, and says what became of each.
 * For tests of one's own tracking; collecting does not wait.
 */
import { rejectedTable } from '../lake/transform.ts';
import type { Handler } from './delivery/invoke.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from './gateway/http.ts';
import { frameRecords, type LogRecord } from './log/frame.ts';
import type { LogEnd } from './log/log.ts';
import { LogReader } from './log/reader.ts';
import { parseSequenceNumber, sequenceNumbers, shardId } from './log/shards.ts';
import type { Ask } from './pages/ask.ts';
import type { Disk } from './ports.ts';
import type { Progress } from './progress.ts';

/** What became of a record. `unknown`: it is neither in its table nor in `rejected`; see the error folder. */
export type Verdict =
  | { Verdict: 'row'; Table: string; EventId: string }
  | { Verdict: 'rejected'; EventId: string; Code: string; Field?: string; Reason: string }
  | { Verdict: 'unknown' };

export interface VerdictParts {
  disk: Disk;
  logDirectory: string;
  createdMs: number;
  end: () => LogEnd;
  progress: Progress;
  ask: Ask;
  /** Says which table and event id a record is for; whether it got there, the tables say. */
  handler: Handler;
  /** Longest wait. */
  withinMs: number;
  /** Hears why verdicts could not be told. */
  onBug: (error: unknown) => void;
}

const routes = /^\/v1\/streams\/[^/]+\/records?$/;

/** Collects as `collect` does, and where `wait=committed` is asked for, waits and adds `Verdict` or `Verdicts`. */
export function withVerdicts(collect: HttpHandler, parts: VerdictParts): HttpHandler {
  return async (request) => {
    const answer = await collect(request);
    return waits(request) && answer.status === 200 ? addVerdicts(answer, parts) : answer;
  };
}

function waits({ method, path, query }: HttpRequest): boolean {
  return method === 'PUT' && routes.test(path) && new URLSearchParams(query).get('wait') === 'committed';
}

async function addVerdicts(answer: HttpAnswer, parts: VerdictParts): Promise<HttpAnswer> {
  const body = JSON.parse(String(answer.body)) as PutAnswer;
  const numbers = (body.Records ?? [body]).map(
    ({ SequenceNumber = '' }) => parseSequenceNumber(SequenceNumber, parts.createdMs)!.number,
  );
  if (!(await parts.progress.reached(Math.max(...numbers) + 1, parts.withinMs))) {
    // Accepted, but not done (RFC 9110, section 15.3.3): a client that sent it again would send it twice.
    return { ...answer, status: 202 };
  }
  try {
    const verdicts = await verdictsOf(parts, await readRecords(parts, numbers));
    const added =
      body.Records === undefined ? { ...body, Verdict: verdicts[0] } : { ...body, Verdicts: verdicts };
    return { ...answer, body: JSON.stringify(added) };
  } catch (error) {
    parts.onBug(error);
    return { ...answer, status: 202 };
  }
}

interface PutAnswer {
  SequenceNumber?: string;
  Records?: { SequenceNumber?: string }[];
}

async function readRecords(
  { disk, logDirectory, end }: VerdictParts,
  numbers: readonly number[],
): Promise<LogRecord[]> {
  const reader = new LogReader(disk, logDirectory);
  const records: LogRecord[] = [];
  for (const number of numbers) {
    const frame = await reader.frameOf(number, end());
    if (frame !== undefined) records.push(frameRecords(frame)[number - frame.first]!);
  }
  return records;
}

async function verdictsOf(parts: VerdictParts, records: readonly LogRecord[]): Promise<Verdict[]> {
  const targets = await targetsOf(parts, records);
  const found = new Map<string, Map<string, Verdict>>();
  for (const table of new Set(targets.map((target) => target.table))) {
    const keys = targets.filter((target) => target.table === table).map(({ key }) => key);
    found.set(table, await rowsOf(parts.ask, table, keys, records));
  }
  return targets.map(({ table, key }) => found.get(table)?.get(key) ?? { Verdict: 'unknown' });
}

/** The table of a record's row, and what tells the row from others that came with it. */
interface Target {
  table: string;
  key: string;
}

async function targetsOf(
  { handler, createdMs }: VerdictParts,
  records: readonly LogRecord[],
): Promise<Target[]> {
  const answer = await handler({
    invocationId: 'verdicts',
    deliveryStreamArn: '',
    region: '',
    records: records.map(({ number, shard, data, arrivalMs, partitionKey }) => {
      const sequenceNumber = sequenceNumbers(createdMs)(shard, number);
      return {
        recordId: sequenceNumber,
        approximateArrivalTimestamp: arrivalMs,
        data: data.toString('base64'),
        kinesisRecordMetadata: {
          sequenceNumber,
          partitionKey,
          shardId: shardId(shard),
          approximateArrivalTimestamp: arrivalMs,
        },
      };
    }),
  });
  return answer.records.map(({ recordId, data = '', metadata }) => {
    const table = metadata?.otfMetadata.destinationTableName ?? '';
    if (table === rejectedTable) return { table, key: recordId };
    const row =
      data === '' ? {} : (JSON.parse(Buffer.from(data, 'base64').toString()) as { event_id?: string });
    return { table, key: row.event_id ?? '' };
  });
}

/** Rows that came when these records came: of `rejected` by sequence number, of others by event id. */
async function rowsOf(
  ask: Ask,
  table: string,
  keys: readonly string[],
  records: readonly LogRecord[],
): Promise<Map<string, Verdict>> {
  if (table === '') return new Map();
  const times = records.map(({ arrivalMs }) => arrivalMs);
  const span = [Math.min(...times), Math.max(...times)].map(
    (ms) => `TIMESTAMP '${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')}'`,
  );
  const isRejected = table === rejectedTable;
  const key = isRejected ? 'sequence_number' : 'event_id';
  const columns = `${key}, event_id${isRejected ? ', code, field, reason' : ''}`;
  const marks = keys.map(() => '?').join(', ');
  const sql = `SELECT ${columns} FROM "${table}" WHERE received_at BETWEEN ? AND ? AND ${key} IN (${marks})`;
  const texts = keys.map((text) => `'${text.replaceAll("'", "''")}'`);
  const { rows } = await ask(sql, [...span, ...texts], { role: 'engineer' });
  return new Map(
    rows.map(([own, eventId, code, field, reason]) => {
      const EventId = eventId ?? '';
      const verdict: Verdict = isRejected
        ? {
            Verdict: 'rejected',
            EventId,
            Code: code ?? '',
            ...(field && { Field: field }),
            Reason: reason ?? '',
          }
        : { Verdict: 'row', Table: table, EventId };
      return [own ?? '', verdict];
    }),
  );
}
