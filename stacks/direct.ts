/**
 * Off by default: a delivery stream that takes records by itself (PutRecordBatch), for Fluent Bit, the Kinesis
 * Agent and whatever else speaks Firehose, into the same tables and at the price of Firehose alone.
 */
import type { Places } from '../lake/cloud/roles.ts';
import type { Buckets } from './buckets.ts';
import { type DeliveryOptions, deliveryStream } from './delivery.ts';
import type { Stage } from './stage.ts';

export function directStream(
  stage: Stage,
  storage: Buckets,
  key: aws.kms.Key,
  places: $util.Output<Places>,
  options: Omit<DeliveryOptions, 'name' | 'stream'>,
): aws.kinesis.FirehoseDeliveryStream {
  return deliveryStream(stage, 'Direct', storage, key, places, { ...options, name: stage.names.direct });
}
