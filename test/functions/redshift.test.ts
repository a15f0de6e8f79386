import type { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { expect, test } from 'vitest';
import { applyStatements } from '../../functions/redshift.ts';

/** Redshift that says for each statement how it ends, after it was asked once in vain. */
function fakeRedshift(ends: Record<string, { Status: string; Error?: string }>) {
  const ran: Record<string, unknown>[] = [];
  const asked = new Map<string, number>();
  const send = async (command: { constructor: { name: string }; input: Record<string, string> }) => {
    const { input } = command;
    if (command.constructor.name === 'ExecuteStatementCommand') {
      ran.push(input);
      return { Id: input.Sql };
    }
    const id = input.Id!;
    asked.set(id, (asked.get(id) ?? 0) + 1);
    return asked.get(id) === 1 ? { Status: 'STARTED' } : (ends[id] ?? { Status: 'FINISHED' });
  };
  return { client: { send } as unknown as RedshiftDataClient, ran };
}

const at = { workgroup: 'firn-dev', database: 'firn', secretArn: 'secret' };
const statements = ['a', 'b', 'c'].map((name) => ({ name, sql: name }));
const pause = async () => {};

test('statements run one after the other, each to its end', async () => {
  const { client, ran } = fakeRedshift({});
  expect(await applyStatements(client, { ...at, statements }, pause)).toEqual(['a', 'b', 'c']);
  expect(ran[0]).toEqual({ WorkgroupName: 'firn-dev', Database: 'firn', SecretArn: 'secret', Sql: 'a' });
  expect(ran.map(({ Sql }) => Sql)).toEqual(['a', 'b', 'c']);
});

test('what is there already is left, and the next statement runs', async () => {
  const { client } = fakeRedshift({
    a: { Status: 'FAILED', Error: 'ERROR: relation "landing" already exists' },
  });
  expect(await applyStatements(client, { ...at, statements }, pause)).toEqual(['b', 'c']);
});

test('any other failure stops, with the statement and the words of Redshift', async () => {
  const { client, ran } = fakeRedshift({ b: { Status: 'FAILED', Error: 'ERROR: permission denied' } });
  await expect(applyStatements(client, { ...at, statements }, pause)).rejects.toThrow(
    'queries/redshift, b: ERROR: permission denied',
  );
  expect(ran.map(({ Sql }) => Sql)).toEqual(['a', 'b']);
});
