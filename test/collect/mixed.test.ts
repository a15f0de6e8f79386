/**
 * Events of every protocol through the HTTP door of a whole lakehouse: accepted = rows + rejected, by count and by
 * content. `FIRN_MIXED_EVENTS` makes it more than a few: `.ci/run` sends a million.
 */
import { Agent, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startTestRuntime } from '../helpers/runtime.ts';
import { sqlOn } from '../helpers/sql.ts';
import { type MixedRequest, mixedRequests } from './mixed.ts';

const count = Number(process.env.FIRN_MIXED_EVENTS ?? 5_000);
const inFlightMax = 8;

test(
  `${count} mixed events: accepted = rows + rejected, by count and by content`,
  async () => {
    const settings = count > 50_000 ? { bufferMs: 1000, bufferIdleMs: 250 } : {};
    const runtime = await startTestRuntime({ settings });
    const wanted = { rows: 0, rejected: 0, n: 0 };
    await sendAll(runtime.url, mixedRequests(7, count), ({ events }) => {
      for (const { rejected, n } of events) {
        wanted.n += rejected ? 0 : n;
        wanted[rejected ? 'rejected' : 'rows'] += 1;
      }
    });
    expect(runtime.sums().accepted).toBe(count);
    await until(() => runtime.sums().done.sums.records === count);
    expect(runtime.sums().done.sums).toEqual({
      records: count,
      rows: { clickstream: wanted.rows, rejected: wanted.rejected },
      dropped: 0,
      failed: 0,
    });

    const [row] = await sqlOn(
      runtime.url,
      `SELECT count(*), count(DISTINCT event_id),
        count_if(json_extract_scalar(properties, '$.check') = to_hex(md5(to_utf8(event_id)))),
        sum(CAST(json_extract_scalar(properties, '$.n') AS bigint))
      FROM clickstream`,
    );
    expect(row!.map(Number)).toEqual([wanted.rows, wanted.rows, wanted.rows, wanted.n]);
    const [rejected] = await sqlOn(
      runtime.url,
      "SELECT count(*), count(DISTINCT event_id), count_if(raw LIKE '%' || event_id || '%') FROM rejected",
    );
    expect(rejected!.map(Number)).toEqual([wanted.rejected, wanted.rejected, wanted.rejected]);
    const [both] = await sqlOn(
      runtime.url,
      'SELECT count(*) FROM clickstream AS c JOIN rejected AS r ON r.event_id = c.event_id',
    );
    expect(both).toEqual(['0']);
  },
  30_000 + count,
);

/** Sends with a few requests in flight; every answer must be the one that is expected. */
async function sendAll(
  url: string,
  requests: Iterator<MixedRequest>,
  onDone: (sent: MixedRequest) => void,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlightMax });
  onTestFinished(() => agent.destroy());
  const sender = async () => {
    for (let next = requests.next(); !next.done; next = requests.next()) {
      const { path, status } = next.value;
      const [got, said] = await send(agent, url, next.value);
      if (got !== status) throw new Error(`${path} was answered ${got} in place of ${status}: ${said}`);
      onDone(next.value);
    }
  };
  await Promise.all(Array.from({ length: inFlightMax }, sender));
}

/** Status and body. What the stream does not take at this moment is sent again, as clients do. */
async function send(agent: Agent, url: string, mixed: MixedRequest): Promise<[number, string]> {
  for (;;) {
    const answer = await sendOnce(agent, url, mixed);
    if (answer[0] !== 429) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function sendOnce(agent: Agent, url: string, mixed: MixedRequest): Promise<[number, string]> {
  const { method, path, headers, body = '' } = mixed;
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body) };
    const sent = request(`${url}${path}`, { agent, method, headers: { ...headers, ...length } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve([answer.statusCode!, Buffer.concat(chunks).toString()]));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function until(isDone: () => boolean): Promise<void> {
  const deadline = Date.now() + 25_000 + count;
  while (!isDone() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
}
