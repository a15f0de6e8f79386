import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { athenaOperations } from '../../local/aws/athena.ts';
import { answerJson11 } from '../../local/aws/json11.ts';
import { openTestLake, type TestLake } from '../sql/lake.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let lake: TestLake;
let server: Server;
let endpoint: string;

beforeAll(async () => {
  lake = await openTestLake({
    app_event: {
      columns: { event_id: 'string', customer_id: 'string', country_code: 'string', gender: 'string' },
      rows: "SELECT 'e' || range AS event_id, 'c' || range AS customer_id, 'US' AS country_code, 'F' AS gender FROM range(2500)",
    },
  });
  const operations = athenaOperations(lake.engine, []);
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const asked = { headers: request.headers, body };
    const answer = await answerJson11(operations, asked, { role: 'engineer' }, 'test', () => {});
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await lake.close();
});

/** Runs the command as a person would. */
function query(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const environment = { PATH: process.env.PATH, AWS_ENDPOINT_URL: endpoint, NODE_NO_WARNINGS: '1' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'scripts/query.ts', ...args],
      { cwd: root, env: environment, maxBuffer: 1e8 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

describe('npm run query', () => {
  it('prints the rows of a query that ships, and a note on standard error', async () => {
    const { code, out, err } = await query('customers-by-gender', '--param', 'country=US', '--format', 'csv');
    expect({ code, out }).toEqual({ code: 0, out: 'customers,gender\n2500,F\n' });
    expect(err).toMatch(/^1 row, \d+ ms, [\d.]+ kB scanned\n$/);
  });

  it('prints what SHOW and DESCRIBE answer: no row of it is a header', async () => {
    const { out } = await query('--sql', 'SHOW DATABASES', '--format', 'csv');
    expect(out).toBe('database_name\nfirn\n');
  });

  it('--as analyst asks in the workgroup of analysts', async () => {
    const { code } = await query('--sql', 'SELECT 1', '--as', 'analyst');
    expect(code).toBe(0);
    expect(lake.engine.executions()[0]).toMatchObject({ workGroup: 'firn-analyst', role: 'analyst' });
  });

  it('follows the pages of a long result', async () => {
    const { out, err } = await query('--sql', 'SELECT event_id FROM app_event', '--format', 'csv');
    expect(out.split('\n')).toHaveLength(2502);
    expect(err).toContain('2500 rows');
  });

  it("tells Athena's reason when a query fails", async () => {
    const { code, out, err } = await query('--sql', 'SELECT nothing FROM app_event');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/FAILED: COLUMN_NOT_FOUND: Column 'nothing' cannot be resolved/);
  });

  it('lists what there is with its parameters', async () => {
    const { out } = await query('--list');
    expect(out).toContain(
      'customers-by-gender\n    Customers of the application in one country, by gender.\n    --param country=<varchar>',
    );
  });

  it.each([
    [['nothing'], 'there is no query "nothing" (npm run query -- --list shows all)'],
    [['total-event'], 'there is no query "total-event"; did you mean total-events?'],
    [['funnels'], 'did you mean funnel, shop-funnel, web-funnel?'],
    [['app-events', '--param', 'x=1'], 'app-events has no parameter x: it takes none'],
    [['revenue', '--param', 'hours=many'], 'parameter hours is "many"; expected a whole number'],
    [[], 'give the name of a query, or --sql'],
    [['--formt', 'csv'], 'unknown flag --formt; did you mean --format?'],
  ])('refuses %j with exit code 2', async (args, reason) => {
    const { code, out, err } = await query(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(reason);
  });

  it('says how to start the lakehouse when nothing answers', async () => {
    const { code, err } = await query('app-events', '--endpoint', 'http://127.0.0.1:1');
    expect(code).toBe(1);
    expect(err).toBe(
      'nothing answers at http://127.0.0.1:1: start the lakehouse with npm start, or name another with --endpoint\n',
    );
  });

  it('says how to get a key when the lakehouse wants one', async () => {
    const closed = createServer((_, response) => {
      const type = 'UnrecognizedClientException';
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type });
      response.end(JSON.stringify({ __type: type, message: 'The security token is invalid.' }));
    });
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    const { code, err } = await query('app-events', '--endpoint', `http://127.0.0.1:${port}`);
    closed.closeAllConnections();
    closed.close();
    expect(code).toBe(1);
    expect(err).toContain(`http://127.0.0.1:${port} wants an access key of its own`);
    expect(err).toContain('npm run keys -- make');
  });
});
