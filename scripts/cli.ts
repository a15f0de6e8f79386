/**
 * What every command shares: flags with types, `--help`, refusals and exit codes.
 *
 * Exit codes: 0 done, 1 failed, 2 called wrongly (unknown flag, value out of range).
 */
import { parseArgs } from 'node:util';

interface FlagText {
  /** One line for `--help`. */
  help: string;
  /** What a value looks like in `--help`: `--port <number>`. */
  value?: string;
}

/** `default` absent: the flag's value is undefined unless given (booleans: false; lists: empty). */
export type Flag =
  | (FlagText & { type: 'string'; default?: string; choices?: readonly string[] })
  | (FlagText & { type: 'number'; default?: number; min?: number; max?: number; integer?: boolean })
  | (FlagText & { type: 'boolean' })
  /** May be given more than once. */
  | (FlagText & { type: 'list' });

type Flags = Record<string, Flag>;

type FlagValue<F extends Flag> = F['type'] extends 'boolean'
  ? boolean
  : F['type'] extends 'list'
    ? string[]
    : F extends { type: 'number' }
      ? F extends { default: number }
        ? number
        : number | undefined
      : F extends { default: string }
        ? string
        : string | undefined;

/** Flag names to values, under the names as written (`'max-count'`). */
export type FlagValues<F extends Flags> = { [Name in keyof F]: FlagValue<F[Name]> };

export interface Command<F extends Flags> {
  /** As a person calls it: `npm run gen --`. */
  name: string;
  summary: string;
  flags: F;
  /** Words without a flag, for `--help`: `[name]`. Absent: none are accepted. */
  words?: { value: string; help: string; max: number };
  /** Lines shown at the end of `--help`. */
  examples?: readonly string[];
  /** The exit code; undefined means 0. Throw `UsageError` for a wrong call, any other error for a failure. */
  run(values: FlagValues<F>, words: string[]): Promise<number | undefined>;
}

/** The command was called wrongly: exit code 2, with a pointer to `--help`. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Runs a command on this process's arguments and sets the exit code. Call it once, at the end of a script. */
export async function runCommand<const F extends Flags>(command: Command<F>): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `| head` closes the pipe when it has seen enough.
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await execute(command, process.argv.slice(2), console.log, console.error);
}

/** Runs a command on `args` and answers its exit code; `out` and `err` take whole lines. */
export async function execute<const F extends Flags>(
  command: Command<F>,
  args: readonly string[],
  out: (line: string) => void,
  err: (line: string) => void,
): Promise<number> {
  try {
    if (args.includes('--help') || args.includes('-h')) {
      out(helpText(command));
      return 0;
    }
    const { values, words } = parseFlags(command, args);
    return (await command.run(values, words)) ?? 0;
  } catch (error) {
    err(error instanceof Error ? error.message : String(error));
    if (!(error instanceof UsageError)) return 1;
    err(`Try: ${command.name} --help`);
    return 2;
  }
}

/** Arguments → typed values. Throws UsageError for anything the command did not declare. */
export function parseFlags<const F extends Flags>(
  command: Command<F>,
  args: readonly string[],
): { values: FlagValues<F>; words: string[] } {
  const options = Object.fromEntries(
    Object.entries(command.flags).map(([name, flag]) => [
      name,
      { type: flag.type === 'boolean' ? 'boolean' : 'string', multiple: flag.type === 'list' } as const,
    ]),
  );
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError(explainParseError(error, Object.keys(command.flags)));
  }
  const max = command.words?.max ?? 0;
  if (parsed.positionals.length > max) {
    throw new UsageError(`unexpected argument "${parsed.positionals[max]}"`);
  }
  const values = Object.entries(command.flags).map(([name, flag]) => [
    name,
    flagValue(name, flag, parsed.values[name]),
  ]);
  return { values: Object.fromEntries(values) as FlagValues<F>, words: parsed.positionals };
}

function flagValue(name: string, flag: Flag, given: unknown): unknown {
  switch (flag.type) {
    case 'boolean':
      return given === true;
    case 'list':
      return given ?? [];
    case 'string':
      if (given !== undefined && flag.choices !== undefined && !flag.choices.includes(String(given))) {
        throw new UsageError(`--${name} is "${String(given)}"; expected one of ${flag.choices.join(', ')}`);
      }
      return given ?? flag.default;
    case 'number':
      return given === undefined ? flag.default : numberValue(name, flag, String(given));
  }
}

function numberValue(name: string, flag: Extract<Flag, { type: 'number' }>, text: string): number {
  const value = Number(text);
  const kind = flag.integer === false ? 'number' : 'whole number';
  if (text.trim() === '' || !Number.isFinite(value) || (flag.integer !== false && !Number.isInteger(value))) {
    throw new UsageError(`--${name} is "${text}"; expected a ${kind}`);
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = flag;
  if (value < min || value > max) {
    const range = Number.isFinite(max) ? `from ${min} to ${max}` : `of at least ${min}`;
    throw new UsageError(`--${name} is ${text}; expected a ${kind} ${range}`);
  }
  return value;
}

function explainParseError(error: unknown, known: readonly string[]): string {
  const code = (error as { code?: string }).code;
  const message = error instanceof Error ? error.message : String(error);
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return message.split('\n')[0] ?? message;
  const flag = /'(-[^']*)'/.exec(message)?.[1] ?? '';
  const close = known.find((name) => name.startsWith(flag.replace(/^-+/, '').slice(0, 3)));
  return `unknown flag ${flag}${close === undefined ? '' : `; did you mean --${close}?`}`;
}

/** The text of `--help`. */
export function helpText<const F extends Flags>(command: Command<F>): string {
  const rows = Object.entries(command.flags).map(([name, flag]): [string, string] => {
    const value = flag.value ?? (flag.type === 'boolean' ? '' : flag.type === 'number' ? 'number' : 'text');
    const fallback = 'default' in flag && flag.default !== undefined ? ` (default ${flag.default})` : '';
    const choices = 'choices' in flag && flag.choices !== undefined ? `: ${flag.choices.join(', ')}` : '';
    return [`--${name}${value === '' ? '' : ` <${value}>`}`, `${flag.help}${choices}${fallback}`];
  });
  rows.push(['--help', 'show this text']);
  if (command.words !== undefined) rows.unshift([command.words.value, command.words.help]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const words = command.words === undefined ? '' : ` ${command.words.value}`;
  return [
    command.summary,
    '',
    `usage: ${command.name}${words} [flags]`,
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    ...(command.examples === undefined ? [] : ['', 'examples:', ...command.examples.map((e) => `  ${e}`)]),
  ].join('\n');
}
