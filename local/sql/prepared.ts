/** Prepared statements: kept in a file, so that they outlive the process. */
import { Fault } from '../../lake/errors.ts';
import type { Role } from '../../lake/grants.ts';
import type { Disk } from '../ports.ts';
import { SqlError } from './errors.ts';
import { isWord, type Token, tokenize } from './tokens.ts';

export interface PreparedStatement {
  name: string;
  workGroup: string;
  /** Who prepared it: a role sees its own, since the text may hold values that others must not see. */
  role: Role;
  sql: string;
  description: string;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/** Of a workgroup and role; Athena's own limit is of this order. */
const statementsMax = 1000;

type Owner = Pick<PreparedStatement, 'workGroup' | 'role'>;

/** Where statements are kept: a file's text, replaced as a whole. */
export interface PreparedFile {
  disk: Disk;
  /** Absolute path. */
  path: string;
}

export class PreparedStatements {
  readonly #file: PreparedFile | undefined;
  #statements: PreparedStatement[];
  #saved: Promise<void> = Promise.resolve();

  private constructor(file: PreparedFile | undefined, statements: PreparedStatement[]) {
    this.#file = file;
    this.#statements = statements;
  }

  /** Without a file they last as long as the process. Throws a Fault for one that does not parse. */
  static async open(file?: PreparedFile): Promise<PreparedStatements> {
    if (file === undefined || !(await file.disk.exists(file.path))) return new PreparedStatements(file, []);
    const text = (await file.disk.read(file.path)).toString();
    try {
      const { statements } = JSON.parse(text) as { statements: PreparedStatement[] };
      return new PreparedStatements(file, [...statements]);
    } catch {
      throw new Fault(
        `${file.path} is damaged: it is not the JSON that prepared statements are kept in; remove it`,
      );
    }
  }

  /** Sorted by name. */
  list(owner: Owner): PreparedStatement[] {
    return this.#statements.filter((own) => isOf(own, owner)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(owner: Owner, name: string): PreparedStatement | undefined {
    return this.#statements.find((own) => isOf(own, owner) && own.name === name);
  }

  /** Throws a SqlError for one too many. */
  async put(statement: PreparedStatement): Promise<void> {
    const others = this.#without(statement, statement.name);
    if (others.filter((own) => isOf(own, statement)).length >= statementsMax) {
      throw new SqlError(
        'NOT_SUPPORTED',
        `the workgroup ${statement.workGroup} has ${statementsMax} prepared statements, the most there may be: deallocate some`,
      );
    }
    await this.#save([...others, statement]);
  }

  async remove(owner: Owner, name: string): Promise<void> {
    await this.#save(this.#without(owner, name));
  }

  async #write(): Promise<void> {
    const text = `${JSON.stringify({ statements: this.#statements })}\n`;
    await this.#file?.disk.replace(this.#file.path, Buffer.from(text));
  }

  #without(owner: Owner, name: string): PreparedStatement[] {
    return this.#statements.filter((own) => !isOf(own, owner) || own.name !== name);
  }

  async #save(statements: PreparedStatement[]): Promise<void> {
    this.#statements = statements;
    // One after the other, and each writes what is true by then.
    this.#saved = this.#saved.then(
      () => this.#write(),
      () => this.#write(),
    );
    await this.#saved;
  }
}

function isOf(statement: Owner, { workGroup, role }: Owner): boolean {
  return statement.workGroup === workGroup && statement.role === role;
}

/** `PREPARE name FROM statement`. Throws a SqlError that says what is expected. */
export function parsePrepare(sql: string): { name: string; sql: string } {
  const tokens = words(sql);
  if (!isWord(tokens[2], 'from') || tokens.length < 4) {
    throw new SqlError('SYNTAX_ERROR', 'expected PREPARE name FROM statement');
  }
  return { name: nameOf(tokens[1]), sql: textOf(tokens.slice(3)) };
}

/** `EXECUTE name [USING value, …]`: the values as texts of SQL expressions. */
export function parseExecute(sql: string): { name: string; parameters: string[] } {
  const tokens = words(sql);
  if (tokens.length === 2) return { name: nameOf(tokens[1]), parameters: [] };
  if (!isWord(tokens[2], 'using') || tokens.length < 4) {
    throw new SqlError('SYNTAX_ERROR', 'expected EXECUTE name [USING value, …]');
  }
  const parameters: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(3)) {
    if ('(['.includes(token.text)) depth++;
    if (')]'.includes(token.text)) depth--;
    if (token.text === ',' && depth === 0) parameters.push([]);
    else parameters.at(-1)!.push(token);
  }
  return { name: nameOf(tokens[1]), parameters: parameters.map(textOf) };
}

/** `DEALLOCATE PREPARE name` */
export function parseDeallocate(sql: string): string {
  const tokens = words(sql);
  if (!isWord(tokens[1], 'prepare') || tokens.length !== 3) {
    throw new SqlError('SYNTAX_ERROR', 'expected DEALLOCATE PREPARE name');
  }
  return nameOf(tokens[2]);
}

function words(sql: string): Token[] {
  const tokens = tokenize(sql).filter(({ kind }) => kind !== 'comment' && kind !== 'space');
  while (tokens.at(-1)?.text === ';') tokens.pop();
  return tokens;
}

/** Case counts, as in Athena's API. */
function nameOf(token: Token | undefined): string {
  if (token?.kind === 'quoted') return token.text.slice(1, -1).replaceAll('""', '"');
  if (token?.kind === 'word') return token.text;
  throw new SqlError(
    'SYNTAX_ERROR',
    `expected the name of a prepared statement, found ${token?.text ?? 'nothing'}`,
  );
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join(' ');
}
