import { expect, test } from 'vitest';
import { cloudNames } from '../../../lake/cloud/names.ts';
import { alarms, dashboard } from '../../../lake/cloud/watch.ts';

const at = {
  names: cloudNames('firn', 'dev'),
  functions: { transform: 'firn-dev-transform', migrate: 'firn-dev-migrate' },
  deliveries: ['firn-dev-delivery'],
};

/** Firehose's metrics that are looked at (its developer guide, "Monitoring with CloudWatch metrics"). */
const firehoseMetrics = [
  'DeliveryToIceberg.Bytes',
  'DeliveryToIceberg.DataFreshness',
  'DeliveryToIceberg.FailedRowCount',
  'DeliveryToIceberg.IncomingRowCount',
  'DeliveryToIceberg.SuccessfulRowCount',
  'ExecuteProcessing.Success',
];

test('only metrics that Firehose has are looked at: an alarm on any other would never be heard', () => {
  const alarmed = alarms(at, 168)
    .map(({ metric }) => metric)
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
