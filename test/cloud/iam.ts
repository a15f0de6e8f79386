/**
 * Whether policies allow something (IAM user guide, "Policy evaluation logic", within one account): an explicit
 * deny wins, then an allow, else no. Knows the operators that our policies use, and fails on any other.
 */
import type { Policy, Statement } from '../../lake/cloud/policy.ts';

export interface Request {
  action: string;
  resource: string;
  /** Condition keys, by their full names. */
  context?: Readonly<Record<string, string>>;
}

/** `identity`: of the role that asks. `resource`: of what it asks for; here they only ever deny. */
export function isAllowed(
  request: Request,
  identity: readonly Policy[],
  resource: readonly Policy[] = [],
): boolean {
  const own = identity.flatMap(({ Statement }) => Statement).filter((s) => matches(s, request));
  const others = resource.flatMap(({ Statement }) => Statement).filter((s) => matches(s, request));
  if ([...own, ...others].some(({ Effect }) => Effect === 'Deny')) return false;
  return own.some(({ Effect }) => Effect === 'Allow');
}

function matches(statement: Statement, { action, resource, context = {} }: Request): boolean {
  const { Action, Resource = ['*'], Condition = {} } = statement;
  return (
    list(Action).some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    list(Resource).some((pattern) => like(pattern, resource)) &&
    Object.entries(Condition).every(([operator, tests]) =>
      Object.entries(tests).every(([key, wanted]) => holds(operator, list(wanted), context[key])),
    )
  );
}

function holds(operator: string, wanted: readonly string[], found: string | undefined): boolean {
  switch (operator) {
    case 'StringEquals':
    case 'Bool':
      return found !== undefined && wanted.includes(found);
    case 'StringLike':
      return found !== undefined && wanted.some((pattern) => like(pattern, found));
    // A negated operator holds where the key is missing.
    case 'ArnNotLike':
    case 'StringNotEquals':
      return found === undefined || !wanted.some((pattern) => like(pattern, found));
    default:
      throw new Error(`the condition operator ${operator} is not known here`);
  }
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** `*` is any text, `?` any character. */
function like(pattern: string, text: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '[\\s\\S]*').replaceAll('?', '[\\s\\S]')}$`).test(text);
}
