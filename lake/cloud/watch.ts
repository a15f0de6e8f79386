/** What is watched, and the alarms on it, as data. */
import { api, firehose, kinesis, lambda, type Metric, type MetricMath } from './metrics.ts';
import type { CloudNames } from './names.ts';

export interface Alarm {
  /** Of the resource: `DeliveryStale`. */
  name: string;
  /** What it means and what to do. */
  description: string;
  metric: Metric | MetricMath;
  threshold: number;
  /** The metric is good when it is high: it is below the threshold that tells of a fault. */
  below?: boolean;
  /** Periods of five minutes beyond the threshold. */
  periods: number;
  /** So many periods are looked at; absent: as many as must be beyond. */
  outOf?: number;
}

/** What there is to watch; streams that a stage does not have are absent. */
export interface Watched {
  names: CloudNames;
  functions: { transforms: readonly string[]; migrate: string; archive?: string };
  /** Delivery streams by name. */
  deliveries: readonly string[];
  /** Those of them that read the stream. */
  readers: readonly string[];
  api?: { name: string; stage: string };
}

/** Alarms on what means loss or delay. `retentionHours`: of the stream. */
export function alarms(at: Watched, retentionHours: number): Alarm[] {
  const delivery = at.deliveries.flatMap((name): Alarm[] => [
    {
      name: `DeliveryStale-${name}`,
      description: `${name}: the oldest record that is not in a table yet is more than 15 minutes old. Look at the log group /aws/kinesisfirehose/${name}.`,
      metric: firehose(name, 'DeliveryToIceberg.DataFreshness', 'Maximum'),
      threshold: 900,
      periods: 2,
    },
    {
      name: `DeliveryFailed-${name}`,
      description: `${name}: rows went to the error bucket instead of a table. Ask: SELECT * FROM ${at.names.errorTable}`,
      metric: firehose(name, 'DeliveryToIceberg.FailedRowCount', 'Sum'),
      threshold: 0,
      periods: 1,
    },
    {
      name: `TransformFailed-${name}`,
      description: `${name}: calls of the transform fail; a batch that fails each time goes to the error bucket.`,
      // Of all calls, those that succeeded; Firehose counts no records that failed.
      metric: firehose(name, 'ExecuteProcessing.Success', 'Average'),
      threshold: 1,
      below: true,
      periods: 1,
    },
  ]);
  return [
    ...delivery,
    ...at.readers.flatMap((name) => readerAlarms(at.names.stream, name, retentionHours)),
    {
      name: 'StreamBehind',
      description: `Records wait longer in the stream than an hour, and are lost after ${retentionHours} hours.`,
      metric: kinesis(at.names.stream, 'GetRecords.IteratorAgeMilliseconds', 'Maximum'),
      threshold: 3_600_000,
      periods: 2,
    },
    {
      name: 'StreamThrottled',
      description: 'The stream refused records: clients that do not try again lose them.',
      metric: kinesis(at.names.stream, 'WriteProvisionedThroughputExceeded', 'Sum'),
      threshold: 0,
      periods: 3,
    },
    ...(at.functions.archive === undefined
      ? []
      : [
          {
            name: 'ArchiveBehind',
            description: `Records wait more than an hour to be archived, and are lost to the archive after ${retentionHours} hours.`,
            metric: lambda(at.functions.archive, 'IteratorAge', 'Maximum'),
            threshold: 3_600_000,
            periods: 2,
          } satisfies Alarm,
        ]),
    ...functionsOf(at).map(
      (name): Alarm => ({
        name: `FunctionErrors-${name}`,
        description: `The function ${name} failed. Its log is /aws/lambda/${name}.`,
        metric: lambda(name, 'Errors', 'Sum'),
        threshold: 0,
        periods: 1,
      }),
    ),
    ...(at.api === undefined
      ? []
      : [
          {
            name: 'ApiErrors',
            description: 'The API answered with 5xx: clients that do not try again lose their events.',
            metric: api(at.api, '5XXError', 'Sum'),
            threshold: 0,
            periods: 2,
          } satisfies Alarm,
        ]),
  ];
}

/**
 * Whoever does not read has no age of records, and where there is no data there is no alarm: so that records come in
 * and none is read must be an alarm of its own. Three periods of half an hour, since a record may come at the end of
 * one and be read in the next (metrics: Kinesis developer guide and Firehose developer guide, "Monitoring with
 * CloudWatch metrics").
 */
function readerAlarms(stream: string, name: string, retentionHours: number): Alarm[] {
  const lost = `They are lost after ${retentionHours} hours.`;
  return [
    {
      name: `DeliveryStandsStill-${name}`,
      description: `${name}: records come into the stream, and it reads none. ${lost} Run: npm run doctor`,
      metric: {
        expression: 'IF(FILL(read, 0) > 0, 0, FILL(came, 0))',
        metrics: {
          came: kinesis(stream, 'IncomingRecords', 'Sum'),
          read: firehose(name, 'DataReadFromKinesisStream.Records', 'Sum'),
        },
      },
      threshold: 0,
      periods: 3,
      outOf: 6,
    },
    {
      name: `DeliveryBehind-${name}`,
      description: `${name}: what it reads is more than 15 minutes older than the newest record. ${lost}`,
      metric: firehose(name, 'KinesisMillisBehindLatest', 'Maximum'),
      threshold: 900_000,
      periods: 2,
    },
  ];
}

function functionsOf({ functions: { transforms, migrate, archive } }: Watched): string[] {
  return [...transforms, migrate, ...(archive === undefined ? [] : [archive])];
}
