/** What an operator checks: alarms, disk, memory, settings, versions. */

import { settingsTable } from '../../lake/settings.ts';
import { api } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { count, dateTime, duration, size } from '../format.ts';
import { useLoaded } from '../hooks.ts';

export function HealthView({ about }: ViewProps) {
  const { value: status, error } = useLoaded(api.status, [], 2000);
  const alarms = status?.alarms.filter(({ alarm }) => alarm) ?? [];
  return (
    <section aria-labelledby="health-title" class="health">
      <h1 id="health-title">Health</h1>
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {status !== undefined && (
        <>
          <p class={`sums ${alarms.length === 0 ? 'good' : 'bad'}`} role="status">
            {alarms.length === 0
              ? 'All is well ✓'
              : `${alarms.length === 1 ? 'One alarm' : `${alarms.length} alarms`}: ${alarms.map(({ name }) => name).join(', ')}`}
          </p>
          <table class="alarms">
            <caption>Alarms</caption>
            <tbody>
              {status.alarms.map(({ name, alarm, reason }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <span class={`badge ${alarm ? 'bad' : 'good'}`}>{alarm ? 'alarm' : 'ok'}</span>
                  </td>
                  <td class="long">{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <table class="process">
            <caption>This process</caption>
            <tbody>
              <Fact name="version" value={`Firn ${about.version}, Node ${about.node}`} />
              {about.home !== undefined && <Fact name="home" value={about.home} />}
              <Fact
                name="started"
                value={`${dateTime(status.startedMs)} UTC, ${duration(status.nowMs - status.startedMs)} ago`}
              />
              <Fact name="memory" value={size(status.process.memoryBytes)} />
              <Fact name="CPU time" value={duration(status.process.cpuSeconds * 1000)} />
              <Fact name="free disk" value={size(status.disk.freeBytes)} />
              <Fact
                name="log"
                value={`${size(status.log.bytes)}, records ${count(status.log.start)} to ${count(status.log.end)}`}
              />
            </tbody>
          </table>
        </>
      )}
      <table class="settings">
        <caption>Settings</caption>
        <tbody>
          {Object.entries(about.settings).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="right">{name === 'port' ? value : count(value)}</td>
              <td class="notice">{helpOf(name)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        The same figures for a monitor: <a href="/metrics">/metrics</a>, in Prometheus’s format, and{' '}
        <a href="/health">/health</a>.
      </p>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="long">{value}</td>
    </tr>
  );
}

function helpOf(name: string): string {
  const known: Readonly<Record<string, { help: string }>> = settingsTable;
  return known[name]?.help ?? '';
}
