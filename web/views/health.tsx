/** What an operator checks: alarms, disk, memory, settings, versions. */

import { api } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { dateTime, duration, number, size } from '../format.ts';
import { useLoaded } from '../hooks.ts';

export function HealthView({ about }: ViewProps) {
  const { value: status, error } = useLoaded(api.status, [], 2000);
  return (
    <section aria-labelledby="health-title">
      <h1 id="health-title">Health</h1>
      {error !== undefined && <p class="error">{error}</p>}
      {status !== undefined && (
        <>
          <table>
            <caption>Alarms</caption>
            <tbody>
              {status.alarms.map(({ name, alarm, reason }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <span class={`badge ${alarm ? 'bad' : 'good'}`}>{alarm ? 'alarm' : 'ok'}</span>
                  </td>
                  <td>{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Facts
            title="This process"
            facts={{
              version: `Firn ${about.version}, Node ${about.node}`,
              home: about.home,
              started: `${dateTime(status.startedMs)} UTC, ${duration(status.nowMs - status.startedMs)} ago`,
              memory: size(status.process.memoryBytes),
              'CPU time': `${number(status.process.cpuSeconds)} s`,
              'free disk': size(status.disk.freeBytes),
              log: `${size(status.log.bytes)}, records ${status.log.start} to ${status.log.end}`,
            }}
          />
        </>
      )}
      <Facts
        title="Settings"
        facts={Object.fromEntries(
          Object.entries(about.settings).map(([name, value]) => [name, String(value)]),
        )}
      />
      <p>
        The same figures for a monitor: <a href="/metrics">/metrics</a>, in Prometheus’s format, and{' '}
        <a href="/health">/health</a>.
      </p>
    </section>
  );
}

function Facts({ title, facts }: { title: string; facts: Record<string, string> }) {
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {Object.entries(facts).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="long">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
