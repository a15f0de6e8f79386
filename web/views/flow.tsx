/** The pipeline as a picture, with what goes through each part. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type ShownTable, type Status } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { TimeSeries } from '../charts/time-series.tsx';
import { count, duration, rate, size } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { linkTo } from '../router.ts';

const everyMs = 1000;
/** Readings kept: two minutes. */
const keptReadings = 121;
/** How far back a rate is measured, in readings. */
const rateReadings = 6;

export function FlowView({ about }: ViewProps) {
  const { readings, error } = useReadings();
  const { value: tables = [] } = useLoaded(api.tables, [], 5000);
  const now = readings.at(-1);
  if (now === undefined) return <p class="empty">{error ?? 'measuring …'}</p>;
  const before = readings.at(-rateReadings) ?? readings[0]!;
  const perSecondOf = (of: (status: Status) => number): number =>
    now === before ? 0 : Math.max(0, ((of(now) - of(before)) * 1000) / (now.nowMs - before.nowMs));
  const { bufferRecords, bufferMiB, bufferMs, logMaxMiB } = about.settings;
  const nowSeconds = now.nowMs / 1000;
  return (
    <section aria-labelledby="flow-title">
      <h1 id="flow-title">Flow</h1>
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {'message' in now.delivery && (
        <p class="error" role="alert">
          delivery is {now.delivery.state}: {now.delivery.message}
        </p>
      )}
      <ol class="flow">
        <Box
          title="Gateway"
          headline={rate(perSecondOf(({ accepted }) => accepted))}
          figures={[
            ['accepted', count(now.accepted)],
            ['refused, 4xx', count(now.refusals.client)],
            ['failed, 5xx', count(now.refusals.server)],
          ]}
          note="refused and failed: requests since the start"
        />
        <Box
          title="Stream"
          headline={size(now.log.bytes)}
          figures={[
            ['at most', size(logMaxMiB! * 2 ** 20)],
            ['records kept', count(now.log.end - now.log.start)],
            ['lag', duration(now.lagMs)],
          ]}
          alarm={isAlarmed(now, 'StreamThrottled', 'DiskLow')}
        />
        <Box
          title="Transform"
          headline={rate(perSecondOf(verdicts))}
          figures={[
            ['rejected', count(now.rejected)],
            ['dropped', count(now.dropped)],
            ['failed', count(now.failed)],
          ]}
          alarm={now.failed > 0}
        />
        <Box
          title="Buffer"
          headline={`${count(now.inFlight)} waiting`}
          figures={[
            ['size', size(now.inFlightBytes)],
            ['oldest', duration(now.lagMs)],
            ['rounds done', count(now.rounds)],
            ['tried again', count(now.delivery.retries)],
          ]}
          note={`delivered by ${duration(bufferMs!)}, ${bufferMiB} MiB or ${count(bufferRecords!)} records`}
          alarm={isAlarmed(now, 'DeliveryStopped', 'DeliveryStale')}
        />
        <li class="box tables">
          <h2>Tables</h2>
          <TableRates status={now} tables={tables} perSecondOf={perSecondOf} />
        </li>
      </ol>
      <Sums status={now} />
      <h2>Events a second, last two minutes</h2>
      <TimeSeries
        label="Events a second over the last two minutes: accepted, and with their verdict"
        times={readings.slice(1).map(({ nowMs }) => nowMs / 1000)}
        range={[nowSeconds - keptReadings + 1, nowSeconds]}
        series={[
          { name: 'accepted', values: perSecond(readings, ({ accepted }) => accepted) },
          { name: 'verdicts', values: perSecond(readings, verdicts) },
        ]}
      />
    </section>
  );
}

function verdicts(status: Status): number {
  return status.accepted - status.inFlight;
}

function Box({
  title,
  headline,
  figures,
  note,
  alarm = false,
}: {
  title: string;
  headline: string;
  figures: readonly (readonly [name: string, value: string])[];
  note?: string;
  alarm?: boolean;
}) {
  return (
    <li class={`box ${alarm ? 'alarm' : ''}`}>
      <h2>{title}</h2>
      <p class="headline">{headline}</p>
      <dl>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {note !== undefined && <p class="note">{note}</p>}
      {alarm && (
        <p class="note">
          <a href={linkTo(['health'])}>an alarm: see Health</a>
        </p>
      )}
    </li>
  );
}

function TableRates({
  status,
  tables,
  perSecondOf,
}: {
  status: Status;
  tables: readonly ShownTable[];
  perSecondOf: (of: (status: Status) => number) => number;
}) {
  const rows = new Map(Object.entries({ ...status.rows, rejected: status.rejected }));
  const names = [...new Set([...tables.map(({ name }) => name), ...rows.keys()])].sort(
    (a, b) => Number(a === 'rejected') - Number(b === 'rejected') || a.localeCompare(b),
  );
  const rowsOf = (of: Status, table: string): number =>
    table === 'rejected' ? of.rejected : (of.rows[table] ?? 0);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">table</th>
          <th scope="col" class="right">
            rows
          </th>
          <th scope="col" class="right">
            size
          </th>
          <th scope="col" class="right">
            rate
          </th>
        </tr>
      </thead>
      <tbody>
        {names.map((table) => (
          <tr key={table}>
            <th scope="row">
              <a href={linkTo(['tables', table])}>{table}</a>
            </th>
            <td class="right">{count(rowsOf(status, table))}</td>
            <td class="right">{size(tables.find(({ name }) => name === table)?.figures?.bytes ?? 0)}</td>
            <td class="right">{rate(perSecondOf((of) => rowsOf(of, table)))}</td>
          </tr>
        ))}
      </tbody>
    </table>
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
