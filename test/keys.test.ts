import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { Keys, listKeys, makeKey, revokeKey } from '../local/keys.ts';
import { execute } from '../scripts/cli.ts';
import { keysCommand } from '../scripts/keys/command.ts';
import { temporaryFolder } from './helpers/temporary.ts';

function makeHome(): string {
  const home = temporaryFolder();
  writeFileSync(path.join(home, 'home.json'), '{}');
  return home;
}

test('a key looks like one of AWS, and is found with its secret and role by a server that already runs', () => {
  const home = makeHome();
  const keys = new Keys(home);
  expect([keys.configured, keys.find('AKIAX')]).toEqual([false, undefined]);
  const key = makeKey(home, 'analyst', 'dashboards', 0);
  expect(key.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(key.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
  expect(keys.configured).toBe(true);
  expect(keys.find(key.accessKeyId)).toEqual({ secret: key.secretAccessKey, role: 'analyst' });
  const other = makeKey(home, 'engineer', '', 0);
  expect(keys.find(other.accessKeyId)?.role).toBe('engineer');
  expect(listKeys(home)).toEqual([key, other]);
});

test('a revoked key is gone at once, and the home stays closed when it was the last one', () => {
  const home = makeHome();
  const keys = new Keys(home);
  const { accessKeyId } = makeKey(home, 'engineer', '', 0);
  expect(keys.find(accessKeyId)).toBeDefined();
  revokeKey(home, accessKeyId);
  expect([keys.find(accessKeyId), keys.configured]).toEqual([undefined, true]);
  expect(() => revokeKey(home, accessKeyId)).toThrow(`there is no key ${accessKeyId}`);
});

test('two changes at a time: one is refused, and none is lost; what a killed one left is cleared away', () => {
  const home = makeHome();
  const { accessKeyId } = makeKey(home, 'engineer', '', 0);
  const left = path.join(home, 'keys.json.new');
  writeFileSync(left, '');
  expect(() => makeKey(home, 'analyst', '', 0)).toThrow('another npm run keys is changing the keys');
  utimesSync(left, 0, 0);
  makeKey(home, 'analyst', '', 0);
  expect(() => revokeKey(home, 'AKIAX')).toThrow('there is no key AKIAX');
  expect(listKeys(home).map((key) => key.accessKeyId)).toEqual([accessKeyId, expect.stringMatching(/^AKIA/)]);
});

test('only the owner can read the file', () => {
  const home = makeHome();
  makeKey(home, 'engineer', '', 0);
  expect(statSync(path.join(home, 'keys.json')).mode & 0o777).toBe(0o600);
});

test('a damaged file opens nothing: it is told', () => {
  const home = makeHome();
  for (const text of [
    '{"keys": [{"accessKeyId": "A", "secretAccessKey": "", "role": "engineer"}]}',
    'nonsense',
  ]) {
    writeFileSync(path.join(home, 'keys.json'), text);
    expect(() => new Keys(home).find('A')).toThrow('keys.json is damaged');
  }
  rmSync(path.join(home, 'home.json'));
  expect(() => listKeys(home)).toThrow('is not a home of Firn');
});

test('the command makes, lists without secrets, and revokes', async () => {
  const home = makeHome();
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  const run = (...args: string[]) =>
    execute(keysCommand, [...args, '--home', home], console.log, console.log);
  expect(await run()).toBe(0);
  expect(await run('make', '--role', 'engineer', '--note', 'me')).toBe(0);
  const [key] = listKeys(home);
  expect(lines.splice(0)).toEqual([
    `the home ${home} has no keys: whoever reaches the port is the engineer`,
    `AWS_ACCESS_KEY_ID=${key!.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${key!.secretAccessKey}`,
  ]);
  await run('list');
  expect(lines.splice(0)[0]).toMatch(new RegExp(`^${key!.accessKeyId}  engineer  \\d{4}-\\d\\d-\\d\\d  me$`));
  await run('revoke', key!.accessKeyId);
  expect(listKeys(home)).toEqual([]);
  await run('list');
  expect(lines.at(-1)).toContain(`make one, or remove ${path.join(home, 'keys.json')}`);
  expect(await run('revoke')).toBe(2);
  expect(await run('make', '--role', 'king')).toBe(2);
  log.mockRestore();
});
