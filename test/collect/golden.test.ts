/** Requests as other people's libraries send them, through gateway and transform (test/golden/collect). */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { collect } from '../../lake/collect/collect.ts';
import { compileTransform, type Verdict } from '../../lake/transform.ts';
import { digestWriteKeys, parseWriteKeys } from '../../lake/write-keys.ts';
import { contracts, published } from '../../schemas/index.ts';

interface Case {
  method?: string;
  path: string;
  headers: Record<string, string | null>;
  /** The body is sent with this encoding; or packed as AWS's mobile SDKs do. */
  gzip?: true;
  base64Gzip?: true;
  body?: unknown;
}

const keys = parseWriteKeys(digestWriteKeys({ site: 'secret' }));
const transform = compileTransform({ contracts, published, defaultTable: 'web_log' });
const arrivalMs = Date.UTC(2026, 0, 2, 3, 4, 5);

function verdictsOf({ method = 'POST', path: address, headers, gzip, base64Gzip, body }: Case): Verdict[] {
  const [plain, query = ''] = address.split('?') as [string, string?];
  const text = JSON.stringify(body) ?? '';
  const sent = base64Gzip ? gzipSync(text).toString('base64') : gzip ? gzipSync(text) : text;
  const plan = collect(
    {
      method,
      path: plain,
      query,
      headers: Object.fromEntries(
        Object.entries({
          authorization: `Basic ${Buffer.from('secret:').toString('base64')}`,
          ...(gzip && { 'content-encoding': 'gzip' }),
          ...headers,
        }).map(([name, value]) => [name, value ?? undefined]),
      ),
      body: Buffer.from(sent),
      ip: '203.0.113.77',
      requestId: 'request',
      atMs: arrivalMs,
      protocol: 'https',
      apiHost: 'api.example/v1',
    },
    keys,
  );
  if (!('records' in plan)) throw new Error(`refused: ${plan.status} ${String(plan.body)}`);
  return plan.records.map(({ data: [head, event, tail] }) =>
    transform({
      bytes: Buffer.concat([Buffer.from(head), event, Buffer.from(tail)]),
      arrivalMs: arrivalMs + 20,
      stream: 'firn-events',
      shardId: 'shardId-000000000000',
      sequenceNumber: '49',
      recordId: 'record',
    }),
  );
}

const folder = fileURLToPath(new URL('../golden/collect/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.endsWith('.rows.json'));

test.each(names)('golden: %s', (name) => {
  const given = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Case;
  const verdicts = verdictsOf(given);
  const file = path.join(folder, name.replace('.json', '.rows.json'));
  const known = existsSync(file);
  if (!known) writeFileSync(file, `${JSON.stringify(verdicts, null, 2)}\n`);
  expect(known, 'the verdicts were not there; read what was written, and run the test again').toBe(true);
  expect(JSON.parse(JSON.stringify(verdicts))).toEqual(JSON.parse(readFileSync(file, 'utf8')));
});
