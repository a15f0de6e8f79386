/** Which part of the lakehouse answers a request. */
import { randomUUID } from 'node:crypto';
import { limits } from '../../lake/gateway.ts';
import { answerJson11, type Operations } from '../aws/json11.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from './http.ts';
import { basePath, cors } from './proxy.ts';

export interface Parts {
  /** The collection routes under `/v1`. */
  collect: HttpHandler;
  /** AWS operations, by `X-Amz-Target`. */
  operations: Operations;
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
  if (path === '/' && method === 'POST') {
    return answerJson11(parts.operations, request, randomUUID(), (bug) => console.error(bug));
  }
  if (path === '/health' && method === 'GET') return json(200, { status: 'ok' });
  return json(404, { __type: 'UnknownOperationException', message: `there is no route ${method} ${path}` });
}

/** The answer to a body above the limit. */
export function tooLarge({ path }: { path: string }): HttpAnswer {
  const message = `the body is larger than the limit of ${limits.bodyBytes} bytes`;
  const answer = json(413, { __type: 'RequestTooLargeException', message });
  // A browser shows a page the refusal only if it carries these.
  return isCollection(path) ? { ...answer, headers: { ...answer.headers, ...cors } } : answer;
}

function isCollection(path: string): boolean {
  return path === basePath || path.startsWith(`${basePath}/`);
}

function json(status: number, body: object): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
