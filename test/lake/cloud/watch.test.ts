import { expect, test } from 'vitest';
import { dashboard } from '../../../lake/cloud/dashboard.ts';
import { cloudNames } from '../../../lake/cloud/names.ts';
import { alarms } from '../../../lake/cloud/watch.ts';

const at = {
  names: cloudNames('firn', 'dev'),
  functions: { transforms: ['firn-dev-transform'], migrate: 'firn-dev-migrate' },
  deliveries: ['firn-dev-delivery', 'firn-dev-direct'],
  readers: ['firn-dev-delivery'],
};

/** Firehose's metrics that are looked at (its developer guide, "Monitoring with CloudWatch metrics"). */
const firehoseMetrics = [
  'DataReadFromKinesisStream.Records',
  'DeliveryToIceberg.Bytes',
  'DeliveryToIceberg.DataFreshness',
  'DeliveryToIceberg.FailedRowCount',
  'DeliveryToIceberg.IncomingRowCount',
  'DeliveryToIceberg.SuccessfulRowCount',
  'ExecuteProcessing.Success',
  'KinesisMillisBehindLatest',
];

test('only metrics that Firehose has are looked at: an alarm on any other would never be heard', () => {
  const alarmed = alarms(at, 168)
    .flatMap(({ metric }) => ('expression' in metric ? Object.values(metric.metrics) : [metric]))
    .filter(({ namespace }) => namespace === 'AWS/Firehose')
    .map(({ name }) => name);
  const { widgets } = dashboard(at, 'eu-west-1') as { widgets: { properties: { metrics: string[][] } }[] };
  const shown = widgets
    .flatMap(({ properties }) => properties.metrics)
    .filter(([namespace]) => namespace === 'AWS/Firehose')
    .map(([, name]) => name);
  expect([...new Set([...alarmed, ...shown])].filter((name) => !firehoseMetrics.includes(name!))).toEqual([]);
});

test('a transform that fails is told of by the share of its calls that succeed', () => {
  expect(alarms(at, 168).find(({ name }) => name === 'TransformFailed-firn-dev-delivery')).toMatchObject({
    metric: { name: 'ExecuteProcessing.Success' },
    threshold: 1,
    below: true,
  });
});

test('a delivery stream that reads nothing while records come in is told of, though it measures nothing itself', () => {
  const still = alarms(at, 168).filter(({ name }) => name.startsWith('DeliveryStandsStill'));
  // What is put directly waits in no stream.
  expect(still.map(({ name }) => name)).toEqual(['DeliveryStandsStill-firn-dev-delivery']);
  expect(still[0]).toMatchObject({
    metric: {
      expression: 'IF(FILL(read, 0) > 0, 0, FILL(came, 0))',
      metrics: {
        came: {
          namespace: 'AWS/Kinesis',
          name: 'IncomingRecords',
          dimensions: { StreamName: 'firn-dev-events' },
        },
        read: {
          name: 'DataReadFromKinesisStream.Records',
          dimensions: { DeliveryStreamName: 'firn-dev-delivery' },
        },
      },
    },
    threshold: 0,
    periods: 3,
    outOf: 6,
  });
});
