import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AthenaClient } from '@aws-sdk/client-athena';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Athena, answerPage, athenaOf, type Execution, readQueries } from '../../functions/page.ts';
import { analystWorkGroup } from '../../lake/grants.ts';
import { pageRoutes } from '../../lake/page/routes.ts';
import { localDatabase, parseSettings } from '../../lake/settings.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';

/** The deployed page's function, with a lakehouse on this machine in Athena's place. */
const home = makeTemporaryFolder();
const queries = readQueries(path.join(fileURLToPath(new URL('../../', import.meta.url)), 'queries'));
let runtime: Runtime;
let athena: Athena;
beforeAll(async () => {
  runtime = await startRuntime({
    home: home.path,
    settings: parseSettings({ port: 0, bufferMs: 50, bufferIdleMs: 10 }),
    writeKey: 'local',
    note: () => {},
    onFault: (fault) => {
      throw fault;
    },
  });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'thing' };
  const client = new AthenaClient({ endpoint: runtime.url, region: 'us-east-1', credentials });
  athena = athenaOf(client, { database: localDatabase, workgroup: analystWorkGroup, cacheMinutes: 5 });
});
afterAll(async () => {
  await runtime.stop();
  home.remove();
});

async function start(name: string, now = Date.now()): Promise<Execution> {
  const given = queries.get(name)!.parameters.filter((parameter) => parameter.default === undefined);
  const { body } = await answerPage(
    {
      routeKey: pageRoutes.start,
      pathParameters: { name },
      body: JSON.stringify({
        parameters: Object.fromEntries(given.map((parameter) => [parameter.name, 'x'])),
      }),
      requestContext: {},
    },
    athena,
    queries,
    { cacheMinutes: 5, liveSeconds: 30, claim: '' },
    now,
  );
  return (JSON.parse(body) as { QueryExecution: Execution }).QueryExecution;
}

test.each([...queries.keys()])('the analyst may ask %s, and the page shows it', async (name) => {
  let execution = await start(name);
  while (['QUEUED', 'RUNNING'].includes(execution.Status.State)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    execution = await athena.state(execution.QueryExecutionId);
  }
  expect(execution.Status).toEqual(expect.objectContaining({ State: 'SUCCEEDED' }));
  expect(await athena.rows(execution.QueryExecutionId, undefined, 10)).toHaveProperty('ResultSet.Rows');
});

test('whoever asks the same is given the same execution', async () => {
  const now = Date.parse('2026-05-01T12:00:00Z');
  const [first, second] = [await start('total-events', now), await start('total-events', now + 60_000)];
  expect(second.QueryExecutionId).toBe(first.QueryExecutionId);
});
