/** What the table `rejected` knows of events that are in no other table yet. */
import { parameterLiteral } from '../../lake/queries.ts';
import { rejectedTable } from '../../lake/rejected.ts';
import { ask, type Client, type Question } from '../query/athena.ts';

/** The newest rejection of one event. */
export interface RejectedEvent {
  eventId: string;
  tableName: string | undefined;
  code: string;
  /** Where its record was in the stream; a record of a direct put had no place. */
  shardId: string | undefined;
  sequenceNumber: string | undefined;
  /** The event as the client sent it, where all of it was kept. */
  raw: Buffer | undefined;
}

export interface Wanted {
  /** When it was rejected, at the earliest: a time in UTC. */
  since: string;
  /** The table that the event was meant for. */
  table?: string | undefined;
  code?: string | undefined;
  /** Events at most, the oldest first. */
  max: number;
}

/** One statement: rejections whose event has no row in `tables`, each event once. */
export function rejectionsQuestion(
  tables: readonly string[],
  { since: text, table, code, max }: Wanted,
): { sql: string; parameters: string[] } {
  const since = parameterLiteral('--since', 'timestamp', text);
  const conditions = [
    ...(table === undefined ? [] : [{ sql: 'table_name = ?', literal: textLiteral('--table', table) }]),
    ...(code === undefined ? [] : [{ sql: 'code = ?', literal: textLiteral('--code', code) }]),
  ];
  const there = tables.map((name) => `SELECT event_id FROM "${name}" WHERE received_at >= ${since}`);
  return {
    sql: `
WITH latest AS (
  SELECT event_id, table_name, code, shard_id, sequence_number, raw, raw_encoding, raw_length, received_at,
    row_number() OVER (PARTITION BY event_id ORDER BY received_at DESC, sequence_number DESC) AS place
  FROM ${rejectedTable}
  WHERE ${[`received_at >= ${since}`, ...conditions.map(({ sql }) => sql)].join(' AND ')}
),
delivered AS (
  ${there.join('\n  UNION ALL ')}
)
SELECT latest.event_id, table_name, code, shard_id, sequence_number, raw, raw_encoding,
  cast(raw_length AS varchar) AS raw_length
FROM latest LEFT JOIN delivered ON latest.event_id = delivered.event_id
WHERE place = 1 AND delivered.event_id IS NULL
ORDER BY latest.received_at, latest.event_id
LIMIT ${max}`,
    parameters: conditions.map(({ literal }) => literal),
  };
}

export async function readRejections(client: Client, question: Question): Promise<RejectedEvent[]> {
  const { pages } = await ask(client, question);
  const events: RejectedEvent[] = [];
  for await (const rows of pages) for (const row of rows) events.push(rejectedEvent(row));
  return events;
}

function rejectedEvent(row: (string | null)[]): RejectedEvent {
  const [eventId, tableName, code, shardId, sequenceNumber, raw, encoding, length] = row;
  const bytes = Buffer.from(raw ?? '', encoding === 'base64' ? 'base64' : 'utf8');
  return {
    eventId: eventId!,
    tableName: tableName ?? undefined,
    code: code!,
    shardId: shardId ?? undefined,
    sequenceNumber: sequenceNumber ?? undefined,
    raw: bytes.length === Number(length) ? bytes : undefined,
  };
}

/** Which of these events have a row, by table. */
export async function readDelivered(
  client: Client,
  place: Pick<Question, 'workGroup' | 'database'>,
  idsByTable: ReadonlyMap<string, readonly string[]>,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const [table, ids] of idsByTable) {
    for (let at = 0; at < ids.length; at += idsAsked) {
      const list = ids
        .slice(at, at + idsAsked)
        .map((id) => textLiteral('event_id', id))
        .join(', ');
      const sql = `SELECT DISTINCT event_id FROM "${table}" WHERE event_id IN (${list})`;
      const { pages } = await ask(client, { ...place, sql, parameters: [] });
      for await (const rows of pages) for (const [id] of rows) found.add(id!);
    }
  }
  return found;
}

/** Ids of 256 characters at most: a statement of Athena's may have 256 KiB (Athena, "Service quotas"). */
const idsAsked = 500;

function textLiteral(name: string, text: string): string {
  return parameterLiteral(name, 'varchar', text);
}
