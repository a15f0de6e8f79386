/**
 * Records in error objects: the transform failed for their whole batch, so nothing is known of them but their bytes.
 * Rows that Iceberg refused (`iceberg-failed`) are not among them: what is kept of those is the transform's answer,
 * and the transform would not know it for an event.
 */
import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';

export interface FailedRecord {
  /** Made from its place in the error object: the same whenever it is read. */
  recordId: string;
  bytes: Buffer;
}

export interface Failures {
  records: FailedRecord[];
  /** Error objects with rows that Iceberg refused. */
  icebergFailed: number;
}

/** Error objects written at `sinceMs` or later, the oldest first, until there are `max` records. */
export async function readFailures(
  s3: S3Client,
  bucket: string,
  sinceMs: number,
  max: number,
): Promise<Failures> {
  const records: FailedRecord[] = [];
  const objects = await listObjects(s3, bucket, sinceMs);
  for (const key of objects.filter((name) => name.includes('processing-failed'))) {
    if (records.length >= max) break;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const text = (await Body?.transformToString()) ?? '';
    records.push(...recordsOf(key, text));
  }
  return {
    records: records.slice(0, max),
    icebergFailed: objects.filter((name) => name.includes('iceberg-failed')).length,
  };
}

async function listObjects(s3: S3Client, bucket: string, sinceMs: number): Promise<string[]> {
  const found: { key: string; at: number }[] = [];
  for (let token: string | undefined; ; ) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    for (const { Key, LastModified } of page.Contents ?? []) {
      const at = LastModified?.getTime() ?? 0;
      if (Key !== undefined && at >= sinceMs) found.push({ key: Key, at });
    }
    token = page.NextContinuationToken;
    if (token === undefined) return found.sort((a, b) => a.at - b.at).map(({ key }) => key);
  }
}

/** One JSON object a line; `rawData` is base64 (Firehose developer guide, "Data transformation failure handling"). */
function recordsOf(key: string, text: string): FailedRecord[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      const { rawData = '' } = JSON.parse(line) as { rawData?: string };
      return {
        recordId: `failed-${createHash('sha256').update(`${key}#${index}`).digest('hex').slice(0, 32)}`,
        bytes: Buffer.from(rawData, 'base64'),
      };
    });
}
