/** Puts records into the stream, and tries again what it did not take. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { limits } from '../../lake/gateway.ts';
import { backoffMs } from '../gen/sender.ts';

export interface PutEntry {
  bytes: Buffer;
  partitionKey: string;
}

/** Of one call (Kinesis API reference, "PutRecords"), less room for the keys. */
const callBytes = 4 * 1024 * 1024;
const attempts = 8;
const firstPauseMs = 100;

/** Throws with the stream's reason and how many it took if it does not take them all. */
export async function putAll(
  kinesis: KinesisClient,
  stream: string,
  entries: readonly PutEntry[],
): Promise<void> {
  let taken = 0;
  for (const call of inCalls(entries)) {
    let left = call;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const { Records = [] } = await kinesis.send(
        new PutRecordsCommand({
          StreamName: stream,
          Records: left.map(({ bytes, partitionKey }) => ({ Data: bytes, PartitionKey: partitionKey })),
        }),
      );
      const refused = left.filter((_, i) => Records[i]?.ErrorCode !== undefined);
      taken += left.length - refused.length;
      if (refused.length > 0 && attempt === attempts) {
        const reason = Records.find(({ ErrorCode }) => ErrorCode !== undefined);
        throw new Error(
          `${stream} took ${taken} of ${entries.length} events: ${reason?.ErrorMessage}. ` +
            'Run the command again: what is delivered by then is left out',
        );
      }
      left = refused;
      if (left.length > 0) await sleep(backoffMs(attempt, firstPauseMs, Math.random()));
    }
  }
}

function inCalls(entries: readonly PutEntry[]): PutEntry[][] {
  const calls: PutEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.bytes.length + entry.partitionKey.length;
    const call = calls.at(-1);
    if (call === undefined || call.length === limits.recordsPerCall || bytes + size > callBytes) {
      calls.push([entry]);
      bytes = size;
    } else {
      call.push(entry);
      bytes += size;
    }
  }
  return calls;
}
