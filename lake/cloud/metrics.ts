/** Metrics of the services that a stage is made of, by CloudWatch's names for them. */

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

/** Seconds of a point in a picture and of an alarm's look. */
export const periodSeconds = 300;

/** Made from the transforms' logs, which tell how many records of a call were rejected. */
export function rejectedMetric(base: string): Metric {
  return { namespace: `Firn/${base}`, name: 'RejectedEvents', statistic: 'Sum', dimensions: {} };
}

export function firehose(name: string, metric: string, statistic: Metric['statistic']): Metric {
  return { namespace: 'AWS/Firehose', name: metric, statistic, dimensions: { DeliveryStreamName: name } };
}

export function kinesis(name: string, metric: string, statistic: Metric['statistic']): Metric {
  return { namespace: 'AWS/Kinesis', name: metric, statistic, dimensions: { StreamName: name } };
}

export function lambda(name: string, metric: string, statistic: Metric['statistic']): Metric {
  return { namespace: 'AWS/Lambda', name: metric, statistic, dimensions: { FunctionName: name } };
}

export function api(
  at: { name: string; stage: string },
  metric: string,
  statistic: Metric['statistic'],
): Metric {
  return {
    namespace: 'AWS/ApiGateway',
    name: metric,
    statistic,
    dimensions: { ApiName: at.name, Stage: at.stage },
  };
}
