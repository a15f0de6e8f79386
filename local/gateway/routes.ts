/** Which part of the lakehouse answers a request. */
import { randomUUID } from 'node:crypto';
import { limits } from '../../lake/gateway.ts';
import type { Caller } from '../aws/caller.ts';
import { type ApiError, answerJson11, answerRestJson, type Operations } from '../aws/json11.ts';
import type { BodyLimits, HttpAnswer, HttpHandler, HttpRequest } from './http.ts';
import { basePath, cors } from './proxy.ts';

/** Answers for a caller that is known. */
export type CallerHandler = (request: HttpRequest, caller: Caller) => Promise<HttpAnswer>;

export interface Parts {
  /** The collection routes under `/v1`, and what else `collects` says. */
  collect: HttpHandler;
  /** AWS operations, by `X-Amz-Target`. */
  operations: Operations;
  /** Lake Formation's operations, by path without its slash: `ListPermissions`. */
  lakeFormation?: Operations;
  /** The Iceberg REST catalog: every path below `/iceberg`. It hears why a caller is not known, for it may know bearers. */
  iceberg?: (request: HttpRequest, caller: Caller | ApiError) => Promise<HttpAnswer>;
  /** Every path below `/s3`. */
  s3?: CallerHandler;
}

/** A handler that takes each request to its part. It never rejects: what goes wrong inside is a 500. */
export function route(parts: Parts): HttpHandler {
  return async (request) => {
    try {
      return await answer(parts, request);
    } catch (error) {
      console.error(error);
      return json(500, {
        __type: 'InternalFailure',
        message: 'the request failed; the reason is in the log',
      });
    }
  };
}

async function answer(parts: Parts, request: HttpRequest): Promise<HttpAnswer> {
  const { path, method } = request;
  if (isCollection(path)) return parts.collect(request);
  const caller: Caller = { role: 'engineer' };
  const onBug = (bug: unknown) => console.error(bug);
  if (path === '/' && method === 'POST') {
    return answerJson11(parts.operations, request, caller, randomUUID(), onBug);
  }
  if (isBelow(path, '/iceberg') && parts.iceberg !== undefined) return parts.iceberg(request, caller);
  if (isBelow(path, '/s3') && parts.s3 !== undefined) return parts.s3(request, caller);
  const named = path.slice(1);
  if (method === 'POST' && parts.lakeFormation !== undefined && Object.hasOwn(parts.lakeFormation, named)) {
    return answerRestJson(parts.lakeFormation[named]!, request, caller, randomUUID(), onBug);
  }
  if (path === '/health' && method === 'GET') return json(200, { status: 'ok' });
  return json(404, { __type: 'UnknownOperationException', message: `there is no route ${method} ${path}` });
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
  return isBelow(path, basePath);
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === '/');
}

function json(status: number, body: object): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
