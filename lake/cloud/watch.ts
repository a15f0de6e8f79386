/** What is watched: the dashboard's pictures and the alarms, as data (CloudWatch, "Dashboard body structure"). */
import type { CloudNames } from './names.ts';

export interface Metric {
  namespace: string;
  name: string;
  statistic: 'Sum' | 'Average' | 'Maximum' | 'p95' | 'Minimum';
  dimensions: Readonly<Record<string, string>>;
}

/** What is made of several metrics (CloudWatch, "Metric math syntax and functions"), by the ids in the expression. */
export interface MetricMath {
  expression: string;
  metrics: Readonly<Record<string, Metric>>;
}

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

/** Seconds of a point in a picture and of an alarm's look. */
export const periodSeconds = 300;

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

/** The dashboard's body. Numbers are at least once, as delivery is: they need not add up to the event. */
export function dashboard(at: Watched, region: string): object {
  const graphs: { title: string; metrics: Metric[] }[] = [
    ...(at.api === undefined
      ? []
      : [
          {
            title: 'Requests and errors',
            metrics: [
              api(at.api, 'Count', 'Sum'),
              api(at.api, '4XXError', 'Sum'),
              api(at.api, '5XXError', 'Sum'),
            ],
          },
          {
            title: 'Latency',
            metrics: [api(at.api, 'Latency', 'p95'), api(at.api, 'IntegrationLatency', 'p95')],
          },
        ]),
    {
      title: 'Stream, records in and out',
      metrics: [
        kinesis(at.names.stream, 'IncomingRecords', 'Sum'),
        kinesis(at.names.stream, 'GetRecords.Records', 'Sum'),
        ...at.readers.map((name) => firehose(name, 'DataReadFromKinesisStream.Records', 'Sum')),
        kinesis(at.names.stream, 'WriteProvisionedThroughputExceeded', 'Sum'),
      ],
    },
    { title: 'Stream, bytes in', metrics: [kinesis(at.names.stream, 'IncomingBytes', 'Sum')] },
    {
      title: 'Stream, age of the oldest record read',
      metrics: [
        kinesis(at.names.stream, 'GetRecords.IteratorAgeMilliseconds', 'Maximum'),
        ...at.readers.map((name) => firehose(name, 'KinesisMillisBehindLatest', 'Maximum')),
      ],
    },
    {
      title: 'Transform, calls and errors',
      metrics: at.functions.transforms.flatMap((name) => [
        lambda(name, 'Invocations', 'Sum'),
        lambda(name, 'Errors', 'Sum'),
        lambda(name, 'Throttles', 'Sum'),
      ]),
    },
    {
      title: 'Transform, duration',
      metrics: at.functions.transforms.map((name) => lambda(name, 'Duration', 'p95')),
    },
    { title: 'Rejected events (at least once)', metrics: [rejectedMetric(at.names.base)] },
    {
      title: 'Delivery, age of the oldest record not in a table',
      metrics: at.deliveries.map((name) => firehose(name, 'DeliveryToIceberg.DataFreshness', 'Maximum')),
    },
    {
      title: 'Delivery, rows (at least once)',
      metrics: at.deliveries.flatMap((name) => [
        firehose(name, 'DeliveryToIceberg.IncomingRowCount', 'Sum'),
        firehose(name, 'DeliveryToIceberg.SuccessfulRowCount', 'Sum'),
        firehose(name, 'DeliveryToIceberg.FailedRowCount', 'Sum'),
      ]),
    },
    {
      title: 'Delivery, bytes',
      metrics: at.deliveries.map((name) => firehose(name, 'DeliveryToIceberg.Bytes', 'Sum')),
    },
  ];
  return {
    widgets: graphs.map(({ title, metrics }, i) => ({
      type: 'metric',
      x: (i % 2) * 12,
      y: Math.floor(i / 2) * 6,
      width: 12,
      height: 6,
      properties: {
        title,
        region,
        view: 'timeSeries',
        period: periodSeconds,
        metrics: metrics.map(({ namespace, name, statistic, dimensions }) => [
          namespace,
          name,
          ...Object.entries(dimensions).flat(),
          { stat: statistic },
        ]),
      },
    })),
  };
}

/** Made from the transforms' logs, which tell how many records of a call were rejected. */
export function rejectedMetric(base: string): Metric {
  return { namespace: `Firn/${base}`, name: 'RejectedEvents', statistic: 'Sum', dimensions: {} };
}

function firehose(name: string, metric: string, statistic: Metric['statistic']): Metric {
  return { namespace: 'AWS/Firehose', name: metric, statistic, dimensions: { DeliveryStreamName: name } };
}

function kinesis(name: string, metric: string, statistic: Metric['statistic']): Metric {
  return { namespace: 'AWS/Kinesis', name: metric, statistic, dimensions: { StreamName: name } };
}

function lambda(name: string, metric: string, statistic: Metric['statistic']): Metric {
  return { namespace: 'AWS/Lambda', name: metric, statistic, dimensions: { FunctionName: name } };
}

function api(at: { name: string; stage: string }, metric: string, statistic: Metric['statistic']): Metric {
  return {
    namespace: 'AWS/ApiGateway',
    name: metric,
    statistic,
    dimensions: { ApiName: at.name, Stage: at.stage },
  };
}
