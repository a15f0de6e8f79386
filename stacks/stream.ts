/** The stream: on demand, encrypted with our key, kept long enough to repair what reads it. */
import type { Stage } from './stage.ts';

export function eventStream({ names, settings, keep }: Stage, key: aws.kms.Key): aws.kinesis.Stream {
  return new aws.kinesis.Stream(
    'Stream',
    {
      name: names.stream,
      streamModeDetails: { streamMode: 'ON_DEMAND' },
      retentionPeriod: settings.retentionHours,
      encryptionType: 'KMS',
      kmsKeyId: key.arn,
      enforceConsumerDeletion: true,
    },
    keep,
  );
}
