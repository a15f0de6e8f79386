/** Which part of the lakehouse answers a request. */
import { randomUUID } from 'node:crypto';
import { findCollectRoute } from '../../lake/collect/routes.ts';
import { limits, type Refusal } from '../../lake/gateway.ts';
import type { Caller } from '../aws/caller.ts';
import { type Access, identify, type Protocol, signatureError } from '../aws/identify.ts';
import { type ApiError, answerJson11, answerRestJson, type Operations } from '../aws/json11.ts';
import { answerQuery, isQueryForm, type QueryService } from '../aws/query.ts';
import type { BodyLimits, HttpAnswer, HttpHandler, HttpRequest } from './http.ts';
import { basePath, cors } from './proxy.ts';
import { foreign } from './reach.ts';

/** Answers for a caller, or tells why there is none. */
export type CallerHandler = (request: HttpRequest, caller: Caller | ApiError) => Promise<HttpAnswer>;

export interface Parts {
  /** The collection routes under `/v1`, and what else `collects` says. */
  collect: HttpHandler;
  /** AWS operations, by `X-Amz-Target`. */
  operations: Operations;
  /** Lake Formation's operations, by path without its slash: `ListPermissions`. */
  lakeFormation?: Operations;
  sts: QueryService;
  /** The Iceberg REST catalog: every path below `/iceberg`. It may know bearers where there is no signature. */
  iceberg?: CallerHandler;
  /** S3's requests: those below `/s3`, and others that it knows for its own. */
  s3?: { serves(request: HttpRequest): boolean; answer: CallerHandler };
  /** The page at `/`, its files, and what it asks for; undefined for a path that is not the page's. */
  pages?: (request: HttpRequest) => Promise<HttpAnswer | undefined>;
  /** Why the lakehouse cannot go on, for `/health`; undefined while it does. */
  failure?: () => string | undefined;
}

/** Who may ask, and by which names the endpoint goes. */
export interface Guard {
  access: Access;
  hostNames: readonly string[];
}

/** A handler that takes each request to its part. It never rejects: what goes wrong inside is a 500. */
export function route(parts: Parts, guard: Guard): HttpHandler {
  return async (request) => {
    try {
      return await (isCollection(request.path) ? parts.collect(request) : answer(parts, guard, request));
    } catch (error) {
      console.error(error);
      return json(500, {
        __type: 'InternalFailure',
        message: 'the request failed; the reason is in the log',
      });
    }
  };
}

async function answer(parts: Parts, guard: Guard, request: HttpRequest): Promise<HttpAnswer> {
  const { path, method, query, headers, body } = request;
  const refused = foreign(headers, guard.hostNames);
  if (refused !== undefined) return refusal(refused);
  const caller = (protocol: Protocol) => callerOf(request, guard.access, protocol);
  const form = queryForm(request);
  if (form !== undefined) return answerQuery(parts.sts, form, caller('query'), randomUUID(), onBug);
  if (path === '/' && method === 'POST') {
    return answerJson11(parts.operations, request, caller('json'), randomUUID(), onBug);
  }
  if (isBelow(path, '/iceberg') && parts.iceberg !== undefined) return parts.iceberg(request, caller('json'));
  if (parts.s3?.serves(request)) return parts.s3.answer(request, caller('s3'));
  const { lakeFormation = {} } = parts;
  const named = path.slice(1);
  if (Object.hasOwn(lakeFormation, named)) {
    if (method !== 'POST') return wrongMethod(request, 'POST');
    return answerRestJson(lakeFormation[named]!, { headers, body }, caller('json'), randomUUID(), onBug);
  }
  if (path === '/health') {
    return method === 'GET' ? health(parts.failure?.(), caller('json')) : wrongMethod(request, 'GET, HEAD');
  }
  const page = await parts.pages?.(request);
  if (page !== undefined) return page;
  if (path === '/' && method !== 'GET') return wrongMethod(request, 'POST');
  const url = query === '' ? path : `${path}?${query}`;
  return json(404, {
    __type: 'UnknownOperationException',
    message: `there is no route ${method} ${url.slice(0, 500)}`,
  });
}

function onBug(bug: unknown): void {
  console.error(bug);
}

function callerOf(request: HttpRequest, access: Access, protocol: Protocol): Caller | ApiError {
  const signed = { ...request, method: request.head ? 'HEAD' : request.method };
  const found = identify(signed, access, protocol === 's3' ? 's3' : 'general');
  return 'kind' in found ? signatureError(found, protocol) : found;
}

/** The form of a request in the query protocol: a body, or the query of a GET; undefined for another protocol. */
function queryForm({ path, method, query, headers, body }: HttpRequest): string | undefined {
  if (path !== '/' || headers['x-amz-target'] !== undefined) return undefined;
  if (method === 'GET') return isQueryForm(query) ? query : undefined;
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  return method === 'POST' && isForm ? body.toString() : undefined;
}

function wrongMethod({ path, method }: HttpRequest, allow: string): HttpAnswer {
  const answer = json(405, {
    __type: 'UnknownOperationException',
    message: `${path} takes ${allow}, not ${method}`,
  });
  return { ...answer, headers: { ...answer.headers, allow } };
}

function refusal({ status, type, message }: Refusal): HttpAnswer {
  return json(status, { __type: type, message });
}

/** Whether all is well is for everybody; a reason may name files and tables. */
function health(reason: string | undefined, caller: Caller | ApiError): HttpAnswer {
  if (reason === undefined) return json(200, { status: 'ok' });
  const isEngineer = 'role' in caller && caller.role === 'engineer';
  const shown = isEngineer
    ? reason
    : 'delivery or the log cannot go on; engineers are told why, and so is the log of the server';
  return json(503, { status: 'failed', reason: shown });
}

/** Largest body of an AWS operation: PutRecords takes 10 MiB of data, which come as base64. */
const operationBytesMax = 16 * 1024 * 1024;

function bytesMax(path: string): number {
  return isCollection(path) ? limits.bodyBytes : operationBytesMax;
}

function tooLarge({ path }: { path: string }): HttpAnswer {
  const message = `the body is larger than the limit of ${bytesMax(path)} bytes`;
  const answer = json(413, { __type: 'RequestTooLargeException', message });
  // A browser shows a page the refusal only if it carries these.
  return isCollection(path) ? { ...answer, headers: { ...answer.headers, ...cors } } : answer;
}

export const bodyLimits: BodyLimits = { bytesMax, tooLarge };

function isCollection(path: string): boolean {
  return isBelow(path, basePath) || findCollectRoute(path) !== undefined;
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === '/');
}

function json(status: number, body: object): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
