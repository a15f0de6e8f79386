/** Dashboard, alarms and the month's cost. Alarms go to a topic; an address that is set is subscribed to it. */
import { dashboard } from '../lake/cloud/dashboard.ts';
import { errorTable } from '../lake/cloud/json-table.ts';
import { type Metric, type MetricMath, periodSeconds, rejectedMetric } from '../lake/cloud/metrics.ts';
import { alarms, type Watched } from '../lake/cloud/watch.ts';
import type { Buckets } from './buckets.ts';
import type { LambdaFunction } from './functions.ts';
import { jsonTable } from './json-table.ts';
import type { Stage } from './stage.ts';
import type { Tables } from './tables.ts';

export function watch(stage: Stage, watched: Watched): aws.sns.Topic {
  const { names, settings, region, account } = stage;
  const topic = new aws.sns.Topic('Alarms', { name: `${names.base}-alarms` });
  new aws.sns.TopicPolicy('AlarmsPolicy', {
    arn: topic.arn,
    policy: topic.arn.apply((arn) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'] },
            Action: ['sns:Publish'],
            Resource: [arn],
            Condition: { StringEquals: { 'aws:SourceAccount': account } },
          },
        ],
      }),
    ),
  });
  if (settings.alarmEmail !== '') {
    new aws.sns.TopicSubscription('AlarmsEmail', {
      topic: topic.arn,
      protocol: 'email',
      endpoint: settings.alarmEmail,
    });
  }
  new aws.cloudwatch.Dashboard('Dashboard', {
    // Dashboards are shared by all regions of an account.
    dashboardName: `${names.base}-${region}`,
    dashboardBody: JSON.stringify(dashboard(watched, region)),
  });
  if (settings.alarms) {
    for (const alarm of alarms(watched, settings.retentionHours)) {
      new aws.cloudwatch.MetricAlarm(alarm.name, {
        name: `${names.base}-${alarm.name}`,
        alarmDescription: alarm.description,
        ...measured(alarm.metric),
        comparisonOperator: alarm.below === true ? 'LessThanThreshold' : 'GreaterThanThreshold',
        threshold: alarm.threshold,
        evaluationPeriods: alarm.outOf ?? alarm.periods,
        datapointsToAlarm: alarm.periods,
        // Nothing comes in, so nothing is measured: that is no reason to wake anybody.
        treatMissingData: 'notBreaching',
        alarmActions: [topic.arn],
        okActions: [topic.arn],
      });
    }
  }
  new aws.budgets.Budget('Budget', {
    // Budgets are shared by all regions of an account.
    name: `${names.base}-${region}`,
    budgetType: 'COST',
    limitAmount: String(settings.budgetUsd),
    limitUnit: 'USD',
    timeUnit: 'MONTHLY',
    // Another app may have a stage of the same name.
    filterExpression: {
      ands: [
        { tags: { key: 'sst:app', values: [$app.name] } },
        { tags: { key: 'sst:stage', values: [stage.name] } },
      ],
    },
    metrics: 'UnblendedCost',
    notifications: [
      {
        comparisonOperator: 'GREATER_THAN',
        threshold: 100,
        thresholdType: 'PERCENTAGE',
        notificationType: 'FORECASTED',
        subscriberSnsTopicArns: [topic.arn],
      },
    ],
  });
  return topic;
}

/** A metric by itself, or several and what is made of them. */
function measured(metric: Metric | MetricMath): Partial<aws.cloudwatch.MetricAlarmArgs> {
  if (!('expression' in metric)) {
    const { namespace, name, dimensions, statistic } = metric;
    return { namespace, metricName: name, dimensions, statistic, period: periodSeconds };
  }
  const { expression, metrics } = metric;
  return {
    metricQueries: [
      { id: 'result', expression, returnData: true },
      ...Object.entries(metrics).map(([id, { namespace, name, dimensions, statistic }]) => ({
        id,
        metric: { namespace, metricName: name, dimensions, stat: statistic, period: periodSeconds },
      })),
    ],
  };
}

/** Rejections as a metric, from the logs of all that transforms: a stream's records are rejected by one of them. */
export function countRejections({ names }: Stage, transforms: readonly LambdaFunction[]): void {
  const { namespace, name } = rejectedMetric(names.base);
  for (const { physical, logGroup } of transforms) {
    new aws.cloudwatch.LogMetricFilter(`Rejections-${physical}`, {
      name: `${physical}-rejections`,
      logGroupName: logGroup,
      pattern: '{ $.message.rejected > 0 }',
      metricTransformation: { namespace, name, value: '$.message.rejected', defaultValue: '0' },
    });
  }
}

/** What could not be delivered, to be asked by SQL. */
export function failures(
  { names }: Stage,
  streams: readonly string[],
  { database }: Tables,
  storage: Buckets,
): void {
  jsonTable(
    'DeliveryErrorsTable',
    names.errorTable,
    'Records that could not be delivered',
    errorTable(streams),
    database,
    storage.errors,
  );
}
