import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from './markdown.ts';

/** Who may import whom (ARCHITECTURE.md): areas by the folder that a path begins with, the longest first. */
const allowed: Record<string, readonly string[]> = {
  'lake/': ['avsc', 'isbot', 'ua-parser-js', 'node:buffer', 'node:crypto', 'node:net', 'node:zlib'],
  'schemas/': ['lake/'],
  'functions/': ['lake/', 'schemas/', '@aws-sdk/', 'mmdb-lib', 'node:fs', 'node:zlib'],
  // The providers are globals of SST's.
  'stacks/': ['lake/', 'schemas/', 'node:'],
  'local/log/': ['lake/', 'local/ports.ts', 'node:'],
  'local/iceberg/': ['lake/', 'local/ports.ts', '@duckdb/node-api', 'avsc', 'node:'],
  'local/upkeep/': ['lake/', 'local/iceberg/', 'local/sql/iceberg-catalog.ts', 'local/ports.ts', 'node:'],
  'local/delivery/': [
    'lake/',
    'functions/',
    'local/log/',
    'local/iceberg/',
    'local/upkeep/',
    'local/ports.ts',
    'local/disk.ts',
    'tsx/',
    'node:',
  ],
  'local/sql/': [
    'lake/',
    'local/iceberg/',
    'local/upkeep/index.ts',
    'local/ports.ts',
    '@duckdb/node-api',
    'lossless-json',
    'tsx/',
    'node:',
  ],
  'local/aws/': ['lake/', 'local/iceberg/', 'local/log/', 'local/sql/', 'local/ports.ts', 'node:'],
  'local/rest/': [
    'lake/',
    'local/iceberg/',
    'local/aws/caller.ts',
    'local/aws/json11.ts',
    'local/ports.ts',
    'node:',
  ],
  'local/gateway/': ['lake/', 'local/log/', 'local/aws/', 'local/ports.ts', 'node:'],
  'local/': ['lake/', 'local/', '@duckdb/node-api', 'node:'],
  // Of local/, the shapes of answers alone.
  'web/': [
    'lake/',
    'local/pages/',
    'local/delivery/watch.ts',
    'preact',
    'uplot',
    '@codemirror/',
    '@lezer/highlight',
    'vite',
  ],
  'testing/': ['@aws-sdk/'],
  'scripts/': [
    'lake/',
    'schemas/',
    'functions/migrate.ts',
    'stacks/stages.ts',
    'local/keys.ts',
    'local/pages/build.ts',
    'local/pages/trace.ts',
    'local/preview.ts',
    'local/relocate.ts',
    'local/tables.ts',
    'local/runtime.ts',
    'local/schema-folder.ts',
    'local/sql/docs.ts',
    '@aws-sdk/',
    '@faker-js/faker',
    '@smithy/signature-v4',
    'avsc',
    'node:',
  ],
};

test('every import is one that the architecture allows', () => {
  const wrong = Object.keys(allowed)
    .map((area) => area.split('/')[0]!)
    .filter((folder, i, all) => all.indexOf(folder) === i)
    .flatMap(sourceFiles)
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => !isAllowed(file, target))
        .map((target) => `${file}: ${target}`),
    );
  expect(wrong).toEqual([]);
});

function isAllowed(file: string, target: string): boolean {
  const area = Object.keys(allowed).find((prefix) => file.startsWith(prefix))!;
  return [area, ...allowed[area]!].some((prefix) => target.startsWith(prefix));
}

function sourceFiles(folder: string): string[] {
  const names = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(ts|mjs)$/.test(name)).map((name) => `${folder}/${name}`);
}

/** Packages by name, own files as paths from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const targets = [
    ...text.matchAll(/(?:^import |^} |^export .*)(?:.* )?from '([^']+)'|import\('([^']+)'\)/gm),
  ];
  return targets
    .map(([, from, dynamic]) => from ?? dynamic!)
    .map((target) => (target.startsWith('.') ? path.posix.join(path.posix.dirname(file), target) : target));
}
