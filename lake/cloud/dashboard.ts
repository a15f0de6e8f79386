/** The dashboard's pictures, as data (CloudWatch, "Dashboard body structure"). */
import { api, firehose, kinesis, lambda, type Metric, periodSeconds, rejectedMetric } from './metrics.ts';
import type { Watched } from './watch.ts';

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
