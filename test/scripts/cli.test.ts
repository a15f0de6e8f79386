import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Command, execute, UsageError } from '../../scripts/cli.ts';

const flags = {
  'max-count': { type: 'number', default: 5, min: 1, max: 10, help: 'how many' },
  seed: { type: 'number', help: 'start of the dice' },
  ratio: { type: 'number', integer: false, default: 0.5, help: 'a share' },
  format: { type: 'string', choices: ['json', 'csv'], default: 'json', help: 'how it looks' },
  only: { type: 'list', help: 'a name' },
  dry: { type: 'boolean', help: 'do nothing' },
} as const;

async function run(args: string[], fail?: Error) {
  const out: string[] = [];
  const err: string[] = [];
  const calls: unknown[] = [];
  const command: Command<typeof flags> = {
    name: 'npm run test --',
    summary: 'Tests.',
    flags,
    words: { value: '[name]', help: 'a name', max: 1 },
    examples: ['npm run test -- a'],
    async run(values, words) {
      calls.push({ ...values, words });
      if (fail !== undefined) throw fail;
      return values.dry ? 3 : undefined;
    },
  };
  const code = await execute(
    command,
    args,
    (line) => out.push(line),
    (line) => err.push(line),
  );
  return { code, out: out.join('\n'), err, calls };
}

describe('commands', () => {
  it('get typed values, defaults for what was not given', async () => {
    const { code, calls } = await run([
      'a',
      '--max-count',
      '7',
      '--ratio=0.25',
      '--only',
      'x',
      '--only',
      'y',
    ]);
    expect(code).toBe(0);
    expect(calls).toEqual([
      {
        'max-count': 7,
        seed: undefined,
        ratio: 0.25,
        format: 'json',
        only: ['x', 'y'],
        dry: false,
        words: ['a'],
      },
    ]);
  });

  it('answer the exit code that run gives', async () => {
    expect((await run(['--dry'])).code).toBe(3);
  });

  it('show their flags, defaults and examples with --help, and run nothing', async () => {
    const { code, out, calls } = await run(['--help', '--nonsense']);
    expect({ code, calls }).toEqual({ code: 0, calls: [] });
    expect(out).toContain('usage: npm run test -- [name] [flags]');
    expect(out).toMatch(/--max-count <number> +how many \(default 5\)/);
    expect(out).toMatch(/--format <text> +how it looks: json, csv \(default json\)/);
    expect(out).toContain('npm run test -- a');
  });

  it.each([
    [['--max'], 'unknown flag --max; did you mean --max-count?'],
    [['--xyz'], 'unknown flag --xyz'],
    [['--max-count', '0'], '--max-count is 0; expected a whole number from 1 to 10'],
    [['--max-count', '1.5'], '--max-count is "1.5"; expected a whole number'],
    [['--max-count', 'many'], '--max-count is "many"; expected a whole number'],
    [['--format', 'xml'], '--format is "xml"; expected one of json, csv'],
    [['a', 'b'], 'unexpected argument "b"'],
  ])('refuse %j with exit code 2, the reason and a hint', async (args, reason) => {
    expect(await run(args)).toMatchObject({
      code: 2,
      err: [reason, 'Try: npm run test -- --help'],
      calls: [],
    });
  });

  it('tell a failure in one line with exit code 1, a wrong call with exit code 2', async () => {
    expect(await run([], new Error('the disk is full'))).toMatchObject({
      code: 1,
      err: ['the disk is full'],
    });
    expect(await run([], new UsageError('no such name'))).toMatchObject({
      code: 2,
      err: ['no such name', 'Try: npm run test -- --help'],
    });
  });
});

it('a reader that leaves early, as head does, is no failure', async () => {
  const script = fileURLToPath(new URL('../../scripts/tables.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  expect({ code, said }).toEqual({ code: 0, said: '' });
});
