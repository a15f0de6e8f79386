/** Asks a running lakehouse for the trace of an event, and tells it in lines. */
import type { Trace } from '../../local/pages/trace.ts';

/** Rejects with what the lakehouse says, or where it is not. */
export async function readTrace(endpoint: string, eventId: string): Promise<Trace> {
  const url = new URL(`/api/trace/${encodeURIComponent(eventId)}`, endpoint);
  const answer = await fetch(url, { headers: { 'x-firn-role': 'engineer' } }).catch((error: Error) => {
    const reason = (error.cause as Error | undefined)?.message ?? error.message;
    throw new Error(
      `no lakehouse answers at ${endpoint} (${reason}); start one with npm start, or say --endpoint`,
    );
  });
  const body = (await answer.json()) as Trace & { message?: string };
  if (answer.status === 401) {
    throw new Error(
      `the lakehouse has access keys, and traces for an engineer who signed in: use the search of its page, ${new URL('/', endpoint)}`,
    );
  }
  if (!answer.ok) throw new Error(body.message ?? `the lakehouse answered ${answer.status}`);
  return body;
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
