import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/query/athena.ts';
import { writers } from '../../scripts/query/formats.ts';
import { Output } from '../../scripts/query/output.ts';

function answer(columns: Record<string, string>, ...pages: (string | null)[][][]): Answer {
  return {
    columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
    pages: (async function* () {
      yield* pages;
    })(),
    rowCount: 0,
    milliseconds: 1,
    bytesScanned: 1,
    note: undefined,
  };
}

async function print(format: keyof typeof writers, given: Answer): Promise<string> {
  const stream = new PassThrough();
  const printed = text(stream);
  await writers[format](given, new Output(stream));
  stream.end();
  return printed;
}

describe('CSV', () => {
  it('has a header and quotes only where needed', async () => {
    const rows = [
      ['plain', '1'],
      ['a,b', null],
      ['say "hi"', '2'],
      ['two\nlines', '3'],
      [' space ', ''],
    ];
    expect(await print('csv', answer({ name: 'varchar', 'a,b': 'integer' }, rows))).toBe(
      'name,"a,b"\nplain,1\n"a,b",\n"say ""hi""",2\n"two\nlines",3\n space ,\n',
    );
  });

  it('of no rows is the header alone, and a lone empty field is no empty line', async () => {
    expect(await print('csv', answer({ n: 'integer' }, []))).toBe('n\n');
    expect(await print('csv', answer({ n: 'integer' }, [[null], ['1']]))).toBe('n\n""\n1\n');
  });
});

describe('JSON', () => {
  it('types numbers and booleans, and keeps digits that a number would lose', async () => {
    const columns = { t: 'varchar', b: 'boolean', i: 'bigint', d: 'double', m: 'decimal', x: 'timestamp' };
    const pages = [
      [['1', 'true', '9007199254740991', '1.0E10', '12.50', '2024-01-01 00:00:00.000']],
      [[null, 'false', '9007199254740993', 'NaN', '1234567890123456.78', null]],
    ];
    expect(JSON.parse(await print('json', answer(columns, ...pages)))).toEqual([
      { t: '1', b: true, i: 9007199254740991, d: 1e10, m: 12.5, x: '2024-01-01 00:00:00.000' },
      { t: null, b: false, i: '9007199254740993', d: 'NaN', m: '1234567890123456.78', x: null },
    ]);
  });

  it('of no rows is an empty array', async () => {
    expect(await print('json', answer({ n: 'integer' }, []))).toBe('[]\n');
  });
});

describe('a table', () => {
  it('lines up, numbers to the right, null told', async () => {
    const rows = [
      ['view', '10'],
      ['cart', null],
    ];
    expect(await print('table', answer({ event: 'varchar', count: 'bigint' }, rows))).toBe(
      'event  count\n-----  -----\nview      10\ncart    null\n',
    );
  });
});

describe('a table on a terminal', () => {
  async function onTerminal(given: Answer): Promise<{ printed: string; cut: boolean }> {
    const stream = Object.assign(new PassThrough(), { isTTY: true });
    const printed = text(stream);
    const output = new Output(stream);
    await writers.table(given, output);
    stream.end();
    return { printed: await printed, cut: output.cut };
  }

  it('has cells of at most 60 characters, and says whether there was more', async () => {
    const long = 'x'.repeat(61);
    const { printed, cut } = await onTerminal(answer({ a: 'varchar' }, [[long], ['short']]));
    expect(printed.split('\n')[2]).toBe(`${'x'.repeat(59)}…`);
    expect(cut).toBe(true);
    expect((await onTerminal(answer({ a: 'varchar' }, [['x'.repeat(60)]]))).cut).toBe(false);
    expect(await print('table', answer({ a: 'varchar' }, [[long]]))).toContain(long);
  });

  it('has nothing that a terminal would obey', async () => {
    const { printed } = await onTerminal(answer({ a: 'varchar' }, [['\u001b[2Jgone\u009b1m\u0007']]));
    expect(printed.split('\n')[2]).toBe('\ufffd[2Jgone\ufffd1m\ufffd');
  });
});
