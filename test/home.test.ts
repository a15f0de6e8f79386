import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Fault } from '../lake/errors.ts';
import { nodeDisk } from '../local/disk.ts';
import { type Home, openHome } from '../local/home.ts';
import { systemClock } from '../local/ports.ts';
import { temporaryFolder } from './helpers/temporary.ts';

const open = (folder: string): Promise<Home> => openHome(nodeDisk, systemClock, folder);

test('a new home is made with its parents, and opens again once it is free', async () => {
  const folder = path.join(temporaryFolder(), 'a/b');
  (await open(folder)).release();
  const home = await open(folder);
  expect(readdirSync(folder).sort()).toEqual([
    'errors',
    'home.json',
    'lock',
    'results',
    'staging',
    'warehouse',
  ]);
  home.release();
});

test('a home has one owner, by whichever name it is reached', async () => {
  const folder = temporaryFolder();
  const link = path.join(temporaryFolder(), 'link');
  symlinkSync(folder, link);
  const home = await open(folder);
  await expect(open(folder)).rejects.toThrow('is in use by another process');
  await expect(open(link)).rejects.toThrow('is in use by another process');
  home.release();
});

test.each(['lock', 'notes.txt', 'lock-picks'])(
  'a folder that holds a %s of somebody else is left as it was',
  async (name) => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, name), 'precious');
    await expect(open(folder)).rejects.toThrow(`is not a home of Firn: it holds ${name} but no home.json`);
    expect(readdirSync(folder)).toEqual([name]);
    expect(readFileSync(path.join(folder, name), 'utf8')).toBe('precious');
  },
);

test('a kill while the home was made leaves one that opens', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'home.json.17-1.tmp'), '{"firn"');
  (await open(folder)).release();
  const half = temporaryFolder();
  writeFileSync(path.join(half, 'home.json'), '{"firn":"home","version":1}');
  writeFileSync(path.join(half, `lock.${process.pid}.tmp`), 'half a datab');
  (await open(half)).release();
});

test.each([
  ['{"firn":"home","version":2}', 'was written by a newer version of Firn (layout 2, this one knows 1)'],
  ['{"firn":', 'home.json is damaged: it says no version'],
  ['{}', 'home.json is damaged: it says no version'],
  ['', 'home.json is damaged: it says no version'],
])('a home.json of %s is refused before anything is touched', async (text, message) => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'home.json'), text);
  const attempt = open(folder);
  await expect(attempt).rejects.toThrow(Fault);
  await expect(attempt).rejects.toThrow(message);
  expect(readdirSync(folder)).toEqual(['home.json']);
});

test('a lock file that is no database is told, not removed', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'home.json'), '{"firn":"home","version":1}');
  writeFileSync(path.join(folder, 'lock'), 'precious');
  await expect(open(folder)).rejects.toThrow('if it is damaged, remove it and start again');
  expect(readFileSync(path.join(folder, 'lock'), 'utf8')).toBe('precious');
});

test('an empty name is no home, and a file is none', async () => {
  await expect(open('')).rejects.toThrow('the home has no name');
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'file'), '');
  await expect(open(path.join(folder, 'file'))).rejects.toThrow('cannot be made');
  mkdirSync(path.join(folder, 'empty'));
  (await open(path.join(folder, 'empty'))).release();
});
