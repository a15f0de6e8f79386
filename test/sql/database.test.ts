import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../local/sql/database.ts';
import type { Session } from '../../local/sql/session.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'firn-cage-'));
const inside = path.join(directory, 'warehouse', 'x.txt');
let database: Database;
let session: Session;

beforeAll(async () => {
  database = await openDatabase({
    warehouse: path.join(directory, 'warehouse'),
    spillDirectory: path.join(directory, 'spill'),
    memoryLimitBytes: 64 * 1_048_576,
    threads: 1,
  });
  session = await database.connect();
  writeFileSync(path.join(directory, 'secret.txt'), 'secret');
});
afterAll(async () => {
  await database.close();
  rmSync(directory, { recursive: true });
});

describe('DuckDB, even if a statement got past the check', () => {
  it.each([
    [`SELECT * FROM read_text('${directory}/secret.txt')`, /Permission Error/],
    [`SELECT * FROM read_text('${inside}/../../secret.txt')`, /Permission Error/],
    ["SELECT * FROM read_text('/etc/passwd')", /Permission Error/],
    ["SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')", /./],
    [`COPY (SELECT 1) TO '${directory}/out.csv'`, /Permission Error/],
    [`ATTACH '${directory}/x.db'`, /Permission Error/],
    ['INSTALL httpfs', /Permission Error/],
    ['SET enable_external_access = true', /locked/],
    ["SET allowed_directories = ['/']", /locked/],
    ["SET memory_limit = '8GB'", /locked/],
    ['RESET lock_configuration', /locked/],
  ])('refuses %s', async (sql, reason) => {
    await expect(session.run(sql)).rejects.toThrow(reason);
  });
});
