/**
 * Plain statements, then generated ones, asked by an analyst: whatever they are, no answer, error or file holds a secret, and none
 * depends on one. `FIRN_FUZZ=1000 FIRN_FUZZ_SEED=7 npx vitest run test/governance` asks others.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Role } from '../../lake/grants.ts';
import { describeExecution } from '../../local/aws/athena-shapes.ts';
import { temporaryHome } from '../iceberg/support.ts';
import { diceOf } from '../model/shape.ts';
import type { IcebergLake } from '../sql/iceberg-lake.ts';
import { plainStatements, statement } from './grammar.ts';
import { marker, openSecretLake } from './secrets.ts';

const count = Number(process.env.FIRN_FUZZ ?? 200);
const seed = Number(process.env.FIRN_FUZZ_SEED ?? 1);
const home = temporaryHome();
/** Equal in all but the secrets. */
let lakes: [IcebergLake, IcebergLake];

beforeAll(async () => {
  // Why a table cannot be read is in the log, for whoever runs the lakehouse.
  vi.spyOn(console, 'error').mockImplementation(() => {});
  lakes = [
    await openSecretLake(path.join(home, 'a'), 'kwv'),
    await openSecretLake(path.join(home, 'b'), 'bnm'),
  ];
}, 60_000);
afterAll(() => Promise.all(lakes.map((lake) => lake.close())));

interface Outcome {
  columns: string[];
  rows: unknown[];
  error: string | undefined;
  /** Everything that the endpoint would tell of it, its result's file included. */
  told: string;
}

async function ask({ engine }: IcebergLake, sql: string, role: Role): Promise<Outcome> {
  const id = engine.start({ sql, parameters: [], database: 'firn', workGroup: 'primary', role });
  await engine.finished(id);
  const execution = engine.execution(id)!;
  const { state, columns, error } = execution;
  const isDone = state === 'SUCCEEDED';
  const rows = isDone ? (await engine.results(id, 0, 1000)).rows : [];
  const file = isDone ? readFileSync(engine.resultFile(execution), 'latin1') : '';
  const { Query: _, ...described } = describeExecution(execution) as { Query: string };
  return {
    columns: columns.map(({ name }) => name),
    rows,
    error: error?.message,
    told: JSON.stringify([described, columns, rows, file]),
  };
}

/** A secret, or what it looks like as hexadecimal, as base64, or backwards. */
const secret = new RegExp(`${marker}|7a7178|7A7178|7a 71 78|enF4|${[...marker].reverse().join('')}`, 'i');
/** Differs between two lakes by itself: ids, times, sizes of files, and what depends on the order of rows. */
const ownToEach =
  /\$(files|partitions|manifests|snapshots|history|refs)|TIMESTAMP AS OF|OPTIMIZE|VACUUM|broken|arbitrary|_value|LIMIT|_agg|_by|histogram/i;

/** What must not depend on a secret: rows in any order, an error without the value that it came upon first. */
function essence({ columns, rows, error }: Outcome): unknown[] {
  return [columns, rows.map((row) => JSON.stringify(row)).sort(), error?.replaceAll(/'[^']*'/g, '…')];
}

test(`an analyst learns nothing of what is hidden, by ${count} statements`, async () => {
  const dice = diceOf(seed);
  const tally = { answered: 0, leakedToEngineers: 0 };
  for (let i = 0; i < count; i++) {
    const sql = plainStatements[i] ?? statement(dice);
    const [one, other] = [await ask(lakes[0], sql, 'analyst'), await ask(lakes[1], sql, 'analyst')];
    const where = `statement ${i} of seed ${seed}: ${sql}`;
    expect(one.told, where).not.toMatch(secret);
    expect(other.told, where).not.toMatch(secret);
    if (!ownToEach.test(sql)) {
      expect(essence(one), where).toEqual(essence(other));
    }
    if (one.error === undefined) tally.answered++;
    // The alarm works: engineers are told secrets by these very statements.
    if (secret.test((await ask(lakes[0], sql, 'engineer')).told)) tally.leakedToEngineers++;
  }
  expect(tally.answered, 'statements that analysts got an answer to').toBeGreaterThan(count / 10);
  expect(tally.leakedToEngineers, 'statements that show engineers a secret').toBeGreaterThan(count / 10);
}, 600_000);
