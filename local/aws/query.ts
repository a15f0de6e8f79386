/**
 * AWS's query protocol: the operation and its members as a form (`Action=GetCallerIdentity&Version=…`), XML in
 * return (Smithy, "AWS query protocol"). STS speaks it.
 */
import type { Caller } from './caller.ts';
import { ApiError, type ApiResponse, type Input, type Operations } from './json11.ts';
import { type XmlElements, xmlDocument } from './xml.ts';

export interface QueryService {
  namespace: string;
  /** By `Action`. */
  operations: Operations;
}

/** Whether a form asks for an operation. */
export function isQueryForm(form: string): boolean {
  return new URLSearchParams(form).has('Action');
}

/** Answers one request; `form` is its body, or its query. `caller` may be why there is none. */
export async function answerQuery(
  { namespace, operations }: QueryService,
  form: string,
  caller: Caller | ApiError,
  requestId: string,
  onBug: (error: unknown) => void,
): Promise<ApiResponse> {
  const input: Input = Object.fromEntries(new URLSearchParams(form));
  const headers = { 'content-type': 'text/xml', 'x-amzn-requestid': requestId };
  try {
    if (caller instanceof ApiError) throw caller;
    const action = String(input.Action ?? '');
    if (!Object.hasOwn(operations, action)) throw unknownAction(action, operations);
    const result = (await operations[action]!(input, caller)) as XmlElements;
    const body = xmlDocument(`${action}Response`, namespace, {
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: requestId },
    });
    return { status: 200, headers, body };
  } catch (thrown) {
    const error = thrown instanceof ApiError ? thrown : internalFailure(thrown, onBug);
    const body = xmlDocument('ErrorResponse', namespace, {
      Error: {
        Type: error.status < 500 ? 'Sender' : 'Receiver',
        Code: error.type,
        Message: error.message,
      },
      RequestId: requestId,
    });
    return { status: error.status, headers, body };
  }
}

function unknownAction(action: string, operations: Operations): ApiError {
  const supported = Object.keys(operations).join(', ');
  return new ApiError('InvalidAction', `the action ${action} is not served here; supported: ${supported}`);
}

function internalFailure(error: unknown, onBug: (error: unknown) => void): ApiError {
  onBug(error);
  return new ApiError('InternalFailure', 'an internal error happened; see the output of the server', 500);
}
