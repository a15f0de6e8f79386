import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages, readPage, root } from './markdown.ts';

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Commands that come with npm itself. */
const npmOwn = new Set(['ci', 'start', 'test', 'run']);

describe.each(pages)('%s', (page) => {
  const text = readPage(page);

  test('links to files that are there', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target]) => target!);
    const relative = links.filter((target) => !/^https?:/.test(target));
    expect(relative.filter((target) => !existsSync(path.join(root, path.dirname(page), target)))).toEqual([]);
  });

  test('names files and folders that are there', () => {
    const named = [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]*)`/g)].map(([, name]) => name!);
    // What a running lakehouse makes, or a reader is to write.
    const ours = named.filter((name) =>
      /^(lake|local|functions|scripts|queries|docs|test|bench)\//.test(name),
    );
    expect(ours.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });

  test('names commands that are there', () => {
    const commands = [...text.matchAll(/npm (run (?:-s )?)?([\w:]+)/g)];
    const missing = commands
      .filter(([, run, name]) => (run === undefined ? !npmOwn.has(name!) : scripts[name!] === undefined))
      .map(([command]) => command);
    expect(missing).toEqual([]);
  });
});
