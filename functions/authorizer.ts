/**
 * API Gateway's authorizer: knows the write keys, and tells the gateway the name of the one that a request has. The
 * gateway keeps its word for some minutes, so that most requests call no function.
 *
 * Environment: `FIRN_WRITE_KEYS` (`lake/write-keys.ts`).
 */
import { basicKey, findWriteKey, parseWriteKeys, type WriteKeyDigests } from '../lake/write-keys.ts';

/** A REQUEST authorizer's event ("Input to an API Gateway Lambda authorizer"): what is read of it. */
export interface AuthorizerEvent {
  /** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>` */
  methodArn: string;
  /** The route's path, as the document spells it. */
  resource: string;
  headers?: Record<string, string | undefined> | null;
  queryStringParameters?: Record<string, string | undefined> | null;
}

/** Its answer ("Output from an API Gateway Lambda authorizer"). `context.key` reaches the envelope. */
export interface AuthorizerAnswer {
  principalId: string;
  policyDocument: {
    Version: '2012-10-17';
    Statement: [{ Action: 'execute-api:Invoke'; Effect: 'Allow' | 'Deny'; Resource: string }];
  };
  context: { key: string };
}

let digests: WriteKeyDigests | undefined;

export async function handler(event: AuthorizerEvent): Promise<AuthorizerAnswer> {
  digests ??= parseWriteKeys(process.env.FIRN_WRITE_KEYS);
  return authorize(event, digests);
}

/**
 * A wrong key is refused on the proxy's routes (403), and is no key at all on the others (401), which is what their
 * clients know. The gateway answers 401 where the function throws this very word.
 */
export function authorize(event: AuthorizerEvent, known: WriteKeyDigests): AuthorizerAnswer {
  const proxy = /^\/streams(\/|$)/.test(event.resource);
  const given = proxy ? header(event, 'x-api-key') : publicKey(event);
  const name = given === undefined ? undefined : findWriteKey(known, given);
  if (name === undefined && !proxy) throw new Error('Unauthorized');
  return {
    principalId: name ?? 'unknown',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Action: 'execute-api:Invoke',
          Effect: name === undefined ? 'Deny' : 'Allow',
          // Not this method alone: the gateway uses the policy for every route until it forgets it.
          Resource: `${event.methodArn.split('/').slice(0, 2).join('/')}/*`,
        },
      ],
    },
    context: { key: name ?? '' },
  };
}

/**
 * The key where its route has it, and nowhere else: the gateway remembers its answer by what is there, so that a key
 * of another place would open the route to whoever sends the same beside it.
 */
function publicKey(event: AuthorizerEvent): string | undefined {
  return event.resource === '/pixel.gif'
    ? event.queryStringParameters?.writeKey
    : basicKey(header(event, 'authorization'));
}

/** A header by its name in lower case: clients write it as they like. */
function header({ headers }: AuthorizerEvent, name: string): string | undefined {
  return Object.entries(headers ?? {}).find(([given]) => given.toLowerCase() === name)?.[1];
}
