/**
 * Mapping templates under a Velocity engine, with the variables that API Gateway gives them ("Mapping template
 * reference"). Strict: a method or variable that API Gateway does not have throws.
 */
import { appendFileSync } from 'node:fs';
import { parse, stringify } from 'lossless-json';
import { render } from 'velocityjs';

/** Parameters of a request, as `$input.params()` has them. */
export interface Params {
  path: Record<string, string>;
  querystring: Record<string, string>;
  header: Record<string, string>;
}

/** `$context`: what the gateway knows. Templates set overrides in it. */
export interface Context {
  requestId: string;
  requestTimeEpoch: number;
  domainName: string;
  stage: string;
  identity: { sourceIp: string; userAgent?: string };
  authorizer: { key?: string };
  responseOverride: { status?: number };
}

export function renderTemplate(template: string, body: string, params: Params, context: Context): string {
  const given = JSON.stringify({ template, body, params, context });
  const calls = { match: () => true, resolve: callMethod, uid: 'API Gateway' };
  const output = render(template, { input: new Input(body, params), util, context }, undefined, {
    env: 'development',
    customMethodHandlers: [calls],
  });
  if (recording !== undefined) {
    const { status } = context.responseOverride;
    appendFileSync(recording, `${JSON.stringify({ ...JSON.parse(given), output, status })}\n`);
  }
  return output;
}

/** Where cases are kept for another engine to render: java/run.ts. */
const recording = process.env.FIRN_TEMPLATE_CASES;

/** `$input` (a missing value is printed as an empty text). */
class Input {
  readonly #body: string;
  readonly #params: Params;
  /** The body with its numbers as digits, and as JavaScript has them. */
  #exact: unknown;
  #parsed: unknown;

  constructor(body: string, params: Params) {
    this.#body = body;
    this.#params = params;
  }

  get body(): string {
    return this.#body;
  }

  json(path: string): string {
    this.#exact ??= parse(this.#body, null, { onDuplicateKey: ({ newValue }) => newValue });
    const value = follow(this.#exact, path);
    return stringify(value === undefined ? '' : value) as string;
  }

  path(path: string): unknown {
    this.#parsed ??= JSON.parse(this.#body);
    return follow(this.#parsed, path);
  }

  params(name?: string): unknown {
    if (name === undefined) return this.#params;
    const { path, querystring, header } = this.#params;
    return path[name] ?? querystring[name] ?? header[name] ?? '';
  }
}

const util = {
  base64Encode: (text: string) => Buffer.from(text, 'utf8').toString('base64'),
  /** Apache Commons Lang 2, StringEscapeUtils.escapeJavaScript. */
  escapeJavaScript: (text: string) =>
    [...Array(text.length).keys()].map((i) => escapeCharacter(text.charAt(i))).join(''),
};

function escapeCharacter(character: string): string {
  const short = '\b\n\t\f\r'.indexOf(character);
  if (short >= 0) return `\\${'bntfr'[short]}`;
  if (`'"\\/`.includes(character)) return `\\${character}`;
  const code = character.charCodeAt(0);
  if (code >= 0x20 && code <= 0x7e) return character;
  return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** What JSONPath `$`, `.name`, `['name']` and `[0]` lead to. */
function follow(value: unknown, path: string): unknown {
  let rest = path.slice(1);
  if (!path.startsWith('$')) throw new Error(`not a JSONPath: ${path}`);
  while (rest !== '') {
    const step = /^(?:\.([A-Za-z_][\w-]*)|\['([^'\\]*)'\]|\[(\d+)\])/.exec(rest);
    if (step === null) throw new Error(`JSONPath ${path} is beyond this imitation at ${rest}`);
    const name = step[1] ?? step[2] ?? step[3]!;
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined;
    rest = rest.slice(step[0].length);
  }
  return value;
}

interface Call {
  property: string;
  params: unknown[];
  context: unknown;
}

/** Methods of Java's strings, lists and maps, and those of the variables themselves. */
function callMethod({ property, params, context }: Call): unknown {
  if (typeof context === 'string') return callString(context, property, params as string[]);
  if (Array.isArray(context)) {
    if (property === 'size') return context.length;
  } else if (context instanceof Input || context === util) {
    const method = (context as unknown as Record<string, (...given: unknown[]) => unknown>)[property];
    if (typeof method === 'function') return method.apply(context, params);
  } else if (typeof context === 'object' && context !== null) {
    if (property === 'keySet') return Object.keys(context);
    if (property === 'containsKey') return Object.hasOwn(context, params[0] as string);
    if (property === 'get') return (context as Record<string, unknown>)[params[0] as string];
    if (property === 'size') return Object.keys(context).length;
  }
  throw new Error(`a template calls ${property}() of ${JSON.stringify(context)?.slice(0, 100)}`);
}

function callString(text: string, method: string, params: string[]): unknown {
  switch (method) {
    case 'length':
      return text.length;
    case 'substring':
      return text.substring(Number(params[0]), Number(params[1]));
    case 'contains':
      return text.includes(params[0]!);
    case 'startsWith':
      return text.startsWith(params[0]!);
    case 'matches':
      return new RegExp(`^(?:${params[0]!})$`).test(text);
    // Java's first argument is a regular expression.
    case 'replaceAll':
      return text.replaceAll(new RegExp(params[0]!, 'g'), params[1]!);
    default:
      throw new Error(`a template calls ${method}() of a text`);
  }
}
