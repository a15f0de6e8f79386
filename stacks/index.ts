/**
 * The lakehouse in an AWS account, in the order the data moves. Each step is a file; what a step is given is all
 * that it may use, so this page shows what depends on what.
 */
import { buckets } from './buckets.ts';
import { encryptionKey } from './keys.ts';
import { currentStage } from './stage.ts';
import { eventStream } from './stream.ts';

export async function lakehouse() {
  const stage = await currentStage();
  const key = encryptionKey(stage);
  const stream = eventStream(stage, key);
  const storage = buckets(stage, key);
  return {
    region: stage.region,
    stream: stream.name,
    database: stage.names.database,
    warehouse: storage.warehouse.bucket,
  };
}
