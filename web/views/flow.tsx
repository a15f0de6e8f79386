/** The pipeline as a picture, with what goes through each part. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Status } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { TimeSeries } from '../charts/time-series.tsx';
import { count, duration, number, size } from '../format.ts';

const everyMs = 1000;
/** Readings kept: two minutes. */
const keptReadings = 121;

export function FlowView({ about }: ViewProps) {
  const { readings, error } = useReadings();
  const now = readings.at(-1);
  if (now === undefined) return <p class="notice">{error ?? 'measuring …'}</p>;
  const before = readings.at(-6) ?? readings[0]!;
  const rate = (of: (status: Status) => number): number =>
    now === before ? 0 : Math.max(0, ((of(now) - of(before)) * 1000) / (now.nowMs - before.nowMs));
  const verdicts = (status: Status): number => status.accepted - status.inFlight;
  return (
    <section aria-labelledby="flow-title">
      <h1 id="flow-title">Flow</h1>
      {error !== undefined && <p class="error">{error}</p>}
      {'message' in now.delivery && (
        <p class="error" role="alert">
          delivery is {now.delivery.state}: {now.delivery.message}
        </p>
      )}
      <ol class="flow">
        <Box
          title="Gateway"
          figures={{
            'accepted a second': number(rate(({ accepted }) => accepted)),
            accepted: count(now.accepted),
          }}
        />
        <Box
          title="Stream"
          figures={{
            'records kept': count(now.log.end - now.log.start),
            size: `${size(now.log.bytes)} of ${size(about.settings.logMaxMiB! * 2 ** 20)}`,
            lag: duration(now.lagMs),
          }}
          alarm={isAlarmed(now, 'StreamThrottled', 'DiskLow')}
        />
        <Box
          title="Transform"
          figures={{
            'verdicts a second': number(rate(verdicts)),
            rejected: count(now.rejected),
            failed: count(now.failed),
          }}
          alarm={now.failed > 0}
        />
        <Box
          title="Buffer"
          figures={{
            'waiting, of at most': `${count(now.inFlight)} / ${count(about.settings.bufferRecords!)}`,
            'oldest, delivered by': `${duration(now.lagMs)} / ${duration(about.settings.bufferMs!)}`,
            'rounds delivered': count(now.rounds),
            'delivery, tried again': `${now.delivery.state} / ${count(now.delivery.retries)}`,
          }}
          alarm={isAlarmed(now, 'DeliveryStopped', 'DeliveryStale')}
        />
        <li class="box tables">
          <h2>Tables</h2>
          <table>
            <tbody>
              {Object.entries({ ...now.rows, rejected: now.rejected }).map(([table, rows]) => (
                <tr key={table}>
                  <th scope="row">{table}</th>
                  <td class="right">{count(rows)}</td>
                  <td class="right">
                    {number(
                      rate((status) => (table === 'rejected' ? status.rejected : (status.rows[table] ?? 0))),
                    )}
                    /s
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </li>
      </ol>
      <Sums status={now} />
      <h2>Events a second, last two minutes</h2>
      <TimeSeries
        label="Events a second"
        times={readings.slice(1).map(({ nowMs }) => nowMs / 1000)}
        series={[
          { name: 'accepted', values: perSecond(readings, ({ accepted }) => accepted) },
          { name: 'verdicts', values: perSecond(readings, verdicts) },
        ]}
      />
    </section>
  );
}

function Box({
  title,
  figures,
  alarm = false,
}: {
  title: string;
  figures: Record<string, string>;
  alarm?: boolean;
}) {
  return (
    <li class={`box ${alarm ? 'alarm' : ''}`}>
      <h2>{title}</h2>
      <dl>
        {Object.entries(figures).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function Sums({ status }: { status: Status }) {
  const { accepted, rows, rejected, dropped, failed, inFlight, balanced } = status;
  const all = Object.values(rows).reduce((sum, value) => sum + value, 0);
  return (
    <p class={`sums ${balanced ? 'good' : 'bad'}`} role={balanced ? undefined : 'alert'}>
      <strong>{count(accepted)}</strong> accepted {balanced ? '=' : '≠'} <strong>{count(all)}</strong> rows +{' '}
      <strong>{count(rejected)}</strong> rejected + <strong>{count(dropped)}</strong> dropped +{' '}
      <strong>{count(failed)}</strong> failed + <strong>{count(inFlight)}</strong> in flight{' '}
      {balanced ? '✓' : '— the sums do not add up'}
    </p>
  );
}

function isAlarmed(status: Status, ...names: string[]): boolean {
  return status.alarms.some(({ name, alarm }) => alarm && names.includes(name));
}

function perSecond(readings: readonly Status[], of: (status: Status) => number): number[] {
  return readings.slice(1).map((status, i) => {
    const before = readings[i]!;
    return ((of(status) - of(before)) * 1000) / Math.max(1, status.nowMs - before.nowMs);
  });
}

function useReadings(): { readings: Status[]; error: string | undefined } {
  const [readings, setReadings] = useState<Status[]>([]);
  const [error, setError] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => {
    let gone = false;
    const read = async (): Promise<void> => {
      try {
        const status = await api.status();
        if (gone) return;
        setReadings((old) => [...old, status].slice(-keptReadings));
        setError(undefined);
      } catch (caught) {
        if (!gone) setError((caught as Error).message);
      }
      if (!gone) timer.current = setTimeout(() => void read(), everyMs);
    };
    void read();
    return () => {
      gone = true;
      clearTimeout(timer.current);
    };
  }, []);
  return { readings, error };
}
