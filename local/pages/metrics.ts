/** `GET /metrics`: the status in Prometheus's text format, version 0.0.4 (Prometheus, "Exposition formats"). */
import type { Status } from './status.ts';

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsText(status: Status): string {
  const { log, disk, delivery, process } = status;
  const verdicts: Sample[] = [
    ...Object.entries(status.rows).map(([table, value]) => sample(value, { verdict: 'row', table })),
    sample(status.rejected, { verdict: 'rejected' }),
    sample(status.dropped, { verdict: 'dropped' }),
    sample(status.failed, { verdict: 'failed' }),
  ];
  return [
    metric('firn_accepted_records_total', 'counter', 'Records that are durable in the log.', status.accepted),
    metric('firn_gateway_refusals_total', 'counter', 'Requests to the collection routes that were refused.', [
      sample(status.refusals.client, { class: '4xx' }),
      sample(status.refusals.server, { class: '5xx' }),
    ]),
    metric('firn_verdicts_total', 'counter', 'Records that have their verdict.', verdicts),
    metric(
      'firn_in_flight_records',
      'gauge',
      'Records that are accepted and not delivered.',
      status.inFlight,
    ),
    metric('firn_in_flight_bytes', 'gauge', 'Their size in the log.', status.inFlightBytes),
    metric('firn_delivery_lag_seconds', 'gauge', 'Age of the oldest of them.', status.lagMs / 1000),
    metric('firn_delivery_rounds_total', 'counter', 'Rounds that are done.', status.rounds),
    metric('firn_delivery_retries_total', 'counter', 'Steps of rounds that failed.', delivery.retries),
    metric('firn_delivery_up', 'gauge', '0: delivery has stopped.', delivery.state === 'stopped' ? 0 : 1),
    metric('firn_sums_balanced', 'gauge', '0: the sums do not add up.', status.balanced ? 1 : 0),
    metric('firn_log_bytes', 'gauge', 'Size of the log.', log.bytes),
    metric('firn_disk_free_bytes', 'gauge', 'Free disk.', disk.freeBytes),
    metric(
      'firn_alarm',
      'gauge',
      '1: needs a person.',
      status.alarms.map(({ name, alarm }) => sample(alarm ? 1 : 0, { name })),
    ),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', process.memoryBytes),
    metric('process_cpu_seconds_total', 'counter', 'CPU time, all threads.', process.cpuSeconds),
    metric('process_start_time_seconds', 'gauge', 'Start, since 1970.', status.startedMs / 1000),
  ].join('');
}

interface Sample {
  labels: Record<string, string>;
  value: number;
}

function sample(value: number, labels: Record<string, string> = {}): Sample {
  return { labels, value };
}

function metric(name: string, type: 'counter' | 'gauge', help: string, value: number | Sample[]): string {
  const samples = typeof value === 'number' ? [sample(value)] : value;
  const lines = samples.map(({ labels, value: number }) => `${name}${labelText(labels)} ${number}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
