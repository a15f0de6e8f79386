/** Asks a running lakehouse for the trace of an event, and tells it in lines. */
import type { Trace } from '../../local/pages/trace.ts';
import { openClient } from '../query/athena.ts';
import { signedHeaders } from './sign.ts';

/**
 * `endpoint` and credentials: as for `npm run query`, by default the environment's. Rejects with what the lakehouse
 * says, or where it is not.
 */
export async function readTrace(
  endpoint: string | undefined,
  eventId: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Trace> {
  const client = openClient(endpoint, environment);
  if (client.endpoint === 'aws') {
    throw new Error(
      'a trace is of a lakehouse on one machine; in AWS, ask all_events and rejected by npm run query',
    );
  }
  const url = new URL(`/api/trace/${encodeURIComponent(eventId)}`, client.endpoint);
  const headers = await signedHeaders(client.athena, url, { 'x-firn-role': 'engineer' });
  const answer = await fetch(url, { headers }).catch((error: Error) => {
    const reason = (error.cause as Error | undefined)?.message ?? error.message;
    throw new Error(
      `no lakehouse answers at ${client.endpoint} (${reason}); start one with npm start, or say --endpoint`,
    );
  });
  const body = (await answer.json()) as Trace & { message?: string };
  if (answer.ok) return body;
  const message = body.message ?? `the lakehouse answered ${answer.status}`;
  if (answer.status !== 401) throw new Error(message);
  throw new Error(
    `${message.replace(/\.$/, '')}; the lakehouse has access keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to one of an engineer (npm run keys -- make --role engineer)`,
  );
}

/** Lines to read. Pure. */
export function describeTrace({ eventId, log, delivered, rows }: Trace): string {
  const lines: string[] = [];
  if (log === undefined && rows.length === 0) {
    return `${eventId}: not in the tables, nor in what the log still has`;
  }
  if (log === undefined) lines.push('log       its record is not kept any more');
  else {
    lines.push(`log       record ${log.number}, ${log.shardId}, ${log.sequenceNumber}`);
    lines.push(`arrived   ${new Date(log.arrivalMs).toISOString()}`);
  }
  if (rows.length === 0) {
    lines.push(`verdict   ${delivered === true ? 'no row: see the error folder' : 'in flight'}`);
  }
  for (const { table, row, file, snapshotId } of rows) {
    lines.push(
      table === 'rejected'
        ? `verdict   rejected: ${row.code}${row.field === null ? '' : ` of ${row.field}`}: ${row.reason}`
        : `verdict   a row of ${table}`,
    );
    lines.push(`snapshot  ${snapshotId ?? 'unknown'}`, `file      ${file ?? 'unknown'}`);
  }
  return lines.join('\n');
}
