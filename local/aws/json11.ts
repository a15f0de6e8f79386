/**
 * AWS JSON 1.1: POST / with the operation in `X-Amz-Target` and JSON both ways (Smithy, "AWS JSON 1.1
 * protocol"). A function from a request to an answer; the HTTP server is somebody else's.
 */
import type { Caller } from './caller.ts';

/** One operation: takes and gives the members of its shapes. Throws an `ApiError` for what its caller did wrong. */
export type Operation = (input: Input, caller: Caller) => Promise<object> | object;

export type Input = Readonly<Record<string, unknown>>;

/** Operations by `X-Amz-Target`: `AmazonAthena.StartQueryExecution`. */
export type Operations = Readonly<Record<string, Operation>>;

export interface ApiRequest {
  /** Lower-case names. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Uint8Array;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An error as the service's model names it: `type` becomes `__type`, `details` stand beside the message. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly type: string;
  readonly status: number;
  readonly details: object;

  constructor(type: string, message: string, status = 400, details: object = {}) {
    super(message);
    this.type = type;
    this.status = status;
    this.details = details;
  }
}

/**
 * Answers one request. `caller` may be why there is none. `requestId` stands in the answer's headers; `onBug` is
 * told of errors that are not the caller's, who sees a 500 without details.
 */
export function answerJson11(
  operations: Operations,
  request: ApiRequest,
  caller: Caller | ApiError,
  requestId: string,
  onBug: (error: unknown) => void,
): Promise<ApiResponse> {
  const run = (): Promise<object> | object => {
    if (caller instanceof ApiError) throw caller;
    refuseCbor(request);
    return findOperation(operations, request.headers['x-amz-target'])(parseBody(request.body), caller);
  };
  return answerJson('application/x-amz-json-1.1', run, requestId, onBug);
}

/** Answers a call of one operation in Smithy's REST JSON protocol, where the path is the operation. */
export function answerRestJson(
  operation: Operation,
  request: ApiRequest,
  caller: Caller | ApiError,
  requestId: string,
  onBug: (error: unknown) => void,
): Promise<ApiResponse> {
  const run = (): Promise<object> | object => {
    if (caller instanceof ApiError) throw caller;
    return operation(parseBody(request.body), caller);
  };
  return answerJson('application/json', run, requestId, onBug);
}

async function answerJson(
  contentType: string,
  run: () => Promise<object> | object,
  requestId: string,
  onBug: (error: unknown) => void,
): Promise<ApiResponse> {
  const headers = { 'content-type': contentType, 'x-amzn-requestid': requestId };
  try {
    return { status: 200, headers, body: JSON.stringify(await run()) };
  } catch (thrown) {
    const error = thrown instanceof ApiError ? thrown : internalError(thrown, onBug);
    const body = { __type: error.type, message: error.message, Message: error.message, ...error.details };
    return {
      status: error.status,
      headers: { ...headers, 'x-amzn-errortype': error.type },
      body: JSON.stringify(body),
    };
  }
}

function findOperation(operations: Operations, target: string | string[] | undefined): Operation {
  const name = typeof target === 'string' ? target : '';
  if (Object.hasOwn(operations, name)) return operations[name]!;
  const [service = ''] = name.split('.');
  const siblings = Object.keys(operations).filter((known) => known.startsWith(`${service}.`));
  const supported = (siblings.length > 0 ? siblings : Object.keys(operations)).join(', ');
  throw new ApiError(
    'UnknownOperationException',
    `${name === '' ? 'a request without X-Amz-Target' : `the operation ${name}`} is not served here; supported: ${supported}`,
  );
}

/** The SDK for Java speaks CBOR to Kinesis unless it is told not to. */
function refuseCbor({ headers }: ApiRequest): void {
  if (!/^application\/x-amz-cbor/i.test(String(headers['content-type'] ?? ''))) return;
  const remedy = 'set AWS_CBOR_DISABLE=true, or aws.cborEnabled=false in Java';
  throw new ApiError('SerializationException', `the body is CBOR; only JSON is served: ${remedy}`);
}

function parseBody(body: Uint8Array): Input {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ApiError('SerializationException', `the body (${body.length} bytes) is not JSON in UTF-8`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Input;
  throw new ApiError('SerializationException', 'the body must be a JSON object');
}

function internalError(error: unknown, onBug: (error: unknown) => void): ApiError {
  onBug(error);
  return new ApiError(
    'InternalServerException',
    'an internal error happened; see the output of the server',
    500,
  );
}
