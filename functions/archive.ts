/**
 * The Lambda function that keeps every raw record: one gzipped object a batch, one JSON line a record. A batch
 * that is tried again writes the same object again, since its name is that of its first record.
 */
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type ArchivedRecord, archiveObjects } from '../lake/cloud/archive.ts';

/** What Lambda hands over of a Kinesis stream (Lambda developer guide, "Using Lambda with Kinesis"). */
export interface KinesisEvent {
  Records: {
    eventID: string;
    kinesis: {
      sequenceNumber: string;
      partitionKey: string;
      /** Seconds since 1970, with a fraction. */
      approximateArrivalTimestamp: number;
      /** Base64. */
      data: string;
    };
  }[];
}

export interface ObjectStore {
  put(key: string, body: Uint8Array): Promise<void>;
}

export async function archive(event: KinesisEvent, store: ObjectStore): Promise<void> {
  const records = event.Records.map(({ eventID, kinesis }): ArchivedRecord => {
    const [shard = ''] = eventID.split(':');
    return {
      id: eventID,
      shard,
      seq: kinesis.sequenceNumber,
      at: Math.round(kinesis.approximateArrivalTimestamp * 1000),
      key: kinesis.partitionKey,
      data: kinesis.data,
    };
  });
  for (const { key, lines } of archiveObjects(records)) await store.put(key, gzipSync(lines));
}

let client: S3Client | undefined;

export async function handler(event: KinesisEvent): Promise<void> {
  const bucket = process.env.FIRN_ARCHIVE_BUCKET;
  client ??= new S3Client({});
  const s3 = client;
  await archive(event, {
    put: async (Key, Body) => {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'application/gzip' }));
    },
  });
}
