/**
 * What API Gateway makes of our document, as far as AWS documents it: route, authorizer, body validation, request
 * template, service, response template. An imitation: what cannot be known offline is listed in
 * docs/api-gateway.md.
 */
import { Ajv } from 'ajv';
import type { ApiAnswer, ApiEvent } from '../../functions/collect.ts';
import type { ApiDocument, GatewayResponse, Integration, Operation } from '../../lake/openapi/types.ts';
import type { FakeKinesis } from './kinesis.ts';
import { type Context, type Params, renderTemplate } from './velocity.ts';

export interface Request {
  method: string;
  path: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  body?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** The body, if it is JSON. */
  json: Record<string, unknown> | undefined;
}

/** A Lambda authorizer's word: the context that it returns, `deny`, or `unauthorized` where it throws that. */
export type Authorize = (event: object) => Promise<{ key: string } | 'deny' | 'unauthorized'>;

export const requestId = '0f6d5c6e-1111-4222-8333-444455556666';
export const requestTime = 1_700_000_000_123;
export const sourceIp = '198.51.100.7';

/** A function behind a proxy integration, by API Gateway's event and answer. */
export type Invoke = (event: ApiEvent) => Promise<ApiAnswer>;

export function apiGateway(
  document: ApiDocument,
  kinesis: FakeKinesis,
  authorize: Authorize,
  invoke?: Invoke,
) {
  return async (request: Request): Promise<Answer> => {
    const found = findOperation(document, request);
    if (found === undefined) return gatewayAnswer(document, 'MISSING_AUTHENTICATION_TOKEN');
    const { operation, params, pattern } = found;
    const key = await authorizeRequest(document, operation, request, authorize);
    if (typeof key === 'string') return gatewayAnswer(document, key);
    const type = (header(request, 'content-type') ?? 'application/json').split(';')[0]!.trim().toLowerCase();
    const invalid = bodyProblem(document, operation, type, request.body ?? '');
    if (invalid !== undefined) return gatewayAnswer(document, 'BAD_REQUEST_BODY', invalid);
    const integration = operation['x-amazon-apigateway-integration'];
    if (integration.type === 'aws_proxy') {
      const { statusCode, headers, body, isBase64Encoded } = await invoke!(
        proxyEvent(request, pattern, params),
      );
      return answerOf(statusCode, headers, Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
    }
    const template = integration.requestTemplates?.[type];
    if (template === undefined) return gatewayAnswer(document, 'UNSUPPORTED_MEDIA_TYPE');
    const userAgent = header(request, 'user-agent');
    const context: Context = {
      requestId,
      requestTimeEpoch: requestTime,
      domainName: 'abc.execute-api.eu-west-1.amazonaws.com',
      stage: 'v1',
      identity: { sourceIp, ...(userAgent === undefined ? {} : { userAgent }) },
      authorizer: key,
      responseOverride: {},
    };
    const sent = renderTemplate(template, request.body ?? '{}', params, context);
    const { status, body } = callIntegration(integration, kinesis, sent);
    return integrationAnswer(operation, integration, status, body, params, context);
  };
}

function findOperation(document: ApiDocument, { method, path, query = {}, headers = {} }: Request) {
  const paths = Object.entries(document.paths);
  const exact = paths.find(([pattern]) => `/v1${pattern}` === path);
  const [pattern, item] = exact ?? paths.find(([candidate]) => matcher(candidate).test(path)) ?? [];
  const operation = item?.[method.toLowerCase() as 'get'] ?? item?.['x-amazon-apigateway-any-method'];
  if (pattern === undefined || operation === undefined) return undefined;
  const params: Params = {
    path: { ...matcher(pattern).exec(path)?.groups },
    querystring: query,
    header: headers,
  };
  return { operation, params, pattern };
}

/** "Lambda proxy integrations", input format. */
function proxyEvent(
  { method, path, headers = {}, query = {}, body }: Request,
  resource: string,
  params: Params,
): ApiEvent {
  return {
    httpMethod: method,
    resource,
    pathParameters: params.path,
    headers,
    multiValueQueryStringParameters: Object.fromEntries(
      Object.entries(query).map(([name, value]) => [name, [value]]),
    ),
    body: body ?? null,
    isBase64Encoded: false,
    requestContext: {
      requestId,
      requestTimeEpoch: requestTime,
      identity: { sourceIp },
      domainName: 'abc.execute-api.eu-west-1.amazonaws.com',
      path,
    },
  };
}

const matcher = (pattern: string) => new RegExp(`^/v1${pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);

function header({ headers = {} }: Request, name: string): string | undefined {
  return Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
}

interface Authorizer {
  'x-amazon-apigateway-authorizer': { identitySource: string };
}

async function authorizeRequest(
  document: ApiDocument,
  { security }: Operation,
  request: Request,
  authorize: Authorize,
): Promise<{ key?: string } | 'UNAUTHORIZED' | 'ACCESS_DENIED'> {
  const [name] = security.flatMap((scheme) => Object.keys(scheme));
  if (name === undefined) return {};
  const scheme = document.components.securitySchemes[name] as Authorizer;
  const [, , place, field] = scheme['x-amazon-apigateway-authorizer'].identitySource.split('.');
  const given = place === 'header' ? header(request, field!.toLowerCase()) : request.query?.[field!];
  if (given === undefined || given === '') return 'UNAUTHORIZED';
  const word = await authorize({
    type: 'REQUEST',
    methodArn: `arn:aws:execute-api:eu-west-1:111122223333:abc/v1/${request.method}${request.path.slice(3)}`,
    resource: request.path.slice(3),
    headers: request.headers ?? {},
    queryStringParameters: request.query ?? {},
  });
  if (word === 'deny') return 'ACCESS_DENIED';
  return word === 'unauthorized' ? 'UNAUTHORIZED' : word;
}

const ajv = new Ajv({ strict: false });

function bodyProblem(
  document: ApiDocument,
  operation: Operation,
  type: string,
  body: string,
): string | undefined {
  if (operation['x-amazon-apigateway-request-validator'] === undefined) return undefined;
  const model = operation.requestBody?.content[type]?.schema.$ref.split('/').at(-1);
  if (model === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'Invalid JSON';
  }
  // API Gateway leaves these two out ("Important notes": maxItems and minItems).
  const {
    minItems: _,
    maxItems: __,
    ...schema
  } = document.components.schemas[model]! as Record<string, unknown>;
  const check = ajv.compile(schema);
  return check(value) ? undefined : `[${ajv.errorsText(check.errors).replaceAll('"', "'")}]`;
}

function callIntegration(
  integration: Integration,
  kinesis: FakeKinesis,
  sent: string,
): { status: number; body: string } {
  if (integration.type === 'mock') return { status: Number(JSON.parse(sent).statusCode), body: '' };
  const { status, body } = kinesis.call(integration.uri!.split('/').at(-1)!, sent);
  return { status, body: JSON.stringify(body) };
}

function integrationAnswer(
  operation: Operation,
  { responses = {} }: Integration,
  status: number,
  body: string,
  params: Params,
  context: Context,
): Answer {
  const matching = Object.keys(responses).find(
    (key) => key !== 'default' && new RegExp(`^(?:${key})$`).test(String(status)),
  );
  const response = responses[matching ?? 'default']!;
  const template = response.responseTemplates && Object.values(response.responseTemplates)[0];
  const text = template === undefined ? body : renderTemplate(template, body, params, context);
  const declared = Object.keys(operation.responses[response.statusCode]!.headers ?? {});
  const headers = literals(response.responseParameters ?? {}, 'method.response.header.');
  const undeclared = Object.keys(headers).filter((name) => !declared.includes(name));
  if (undeclared.length > 0) throw new Error(`the method does not declare ${undeclared}`);
  const binary = response.contentHandling === 'CONVERT_TO_BINARY';
  return answerOf(
    context.responseOverride.status ?? Number(response.statusCode),
    { 'content-type': 'application/json', ...headers },
    binary ? Buffer.from(text.trim(), 'base64') : Buffer.from(text),
  );
}

const defaultStatus: Record<string, number> = { DEFAULT_4XX: 400, DEFAULT_5XX: 500 };

function gatewayAnswer(document: ApiDocument, type: string, validation = ''): Answer {
  const response: GatewayResponse = document['x-amazon-apigateway-gateway-responses'][type]!;
  const text = response.responseTemplates['application/json']!.replaceAll(
    '$context.error.validationErrorString',
    validation,
  ).replaceAll('$context.error.messageString', JSON.stringify(type));
  const headers = literals(response.responseParameters, 'gatewayresponse.header.');
  return answerOf(Number(response.statusCode ?? defaultStatus[type]), headers, Buffer.from(text));
}

/** Headers whose values are literals, in single quotes. */
function literals(parameters: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const literal = /^'(.*)'$/.exec(value)?.[1];
      if (!name.startsWith(prefix) || literal === undefined)
        throw new Error(`no literal header: ${name} ${value}`);
      return [name.slice(prefix.length), literal];
    }),
  );
}

function answerOf(status: number, headers: Record<string, string>, body: Buffer): Answer {
  let json: Record<string, unknown> | undefined;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {}
  return { status, headers, body, json };
}
