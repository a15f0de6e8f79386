import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { apiDocument } from '../../lake/openapi/document.ts';
import type { Operation } from '../../lake/openapi/types.ts';
import { cors } from '../../local/gateway/proxy.ts';
import { settings } from './settings.ts';

const document = apiDocument(settings);

interface Method {
  path: string;
  method: string;
  operation: Operation;
}

const methods: Method[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);
const collecting = methods.filter(({ method }) => method !== 'options' && !method.startsWith('x-'));

test('the document is OpenAPI 3.0, says a validator that is not ours', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

test('the validator refuses a document that is none', async () => {
  const { paths: _, ...rest } = document;
  expect((await new Validator().validate(JSON.parse(JSON.stringify(rest)))).valid).toBe(false);
});

test('the same account and stream give the same document, byte for byte', () => {
  expect(JSON.stringify(apiDocument({ ...settings }))).toBe(JSON.stringify(document));
  expect(JSON.stringify(document).length).toBeLessThan(6 * 1024 * 1024);
});

test('operation ids are one of a kind, and model names letters and digits, as the importer wants them', () => {
  const ids = methods.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[A-Za-z0-9]+$/);
  for (const path of Object.keys(document.paths)) {
    expect(path).toMatch(/^(\/([A-Za-z0-9._:,-]+|\{[A-Za-z0-9]+\}))+$/);
  }
});

test('models are JSON schemas that hold only what the importer keeps', () => {
  const ajv = new Ajv({ strict: true });
  for (const schema of Object.values(document.components.schemas))
    expect(() => ajv.compile(schema)).not.toThrow();
  // API Gateway, "Important notes": these are dropped or refused.
  const text = JSON.stringify(document.components.schemas);
  expect(text).not.toMatch(
    /"(minItems|maxItems|oneOf|anyOf|pattern|nullable|exclusiveMinimum|example|readOnly)"/,
  );
});

test('no method lets through a body for which it has no template', () => {
  for (const { path, method, operation } of methods) {
    const { type, passthroughBehavior } = operation['x-amazon-apigateway-integration'];
    if (type !== 'aws_proxy') expect(passthroughBehavior, `${method} ${path}`).toBe('never');
  }
});

test('Kinesis is called with the gateway role, on our stream alone, and no client names the stream', () => {
  const calls = methods.map(({ operation }) => operation['x-amazon-apigateway-integration']);
  const kinesis = calls.filter(({ uri }) => uri?.includes(':kinesis:'));
  expect(kinesis.length).toBeGreaterThan(3);
  for (const { uri, credentials, requestTemplates } of kinesis) {
    expect(uri).toMatch(
      /^arn:aws:apigateway:eu-west-1:kinesis:action\/(PutRecords?|DescribeStream(Summary)?)$/,
    );
    expect(credentials).toBe(settings.kinesisRole);
    for (const template of Object.values(requestTemplates!)) {
      expect(template).toContain(`"StreamName":"${settings.stream}"`);
      expect(template.match(/StreamName/g)).toHaveLength(1);
    }
  }
});

test('every answer, of integrations and of the gateway itself, carries CORS headers', () => {
  const own = Object.values(document['x-amazon-apigateway-gateway-responses']);
  for (const { responseParameters } of own) {
    for (const [name, value] of Object.entries(cors)) {
      expect(responseParameters[`gatewayresponse.header.${name}`]).toBe(`'${value}'`);
    }
  }
  for (const { path, method, operation } of methods) {
    const { responses = {} } = operation['x-amazon-apigateway-integration'];
    for (const { statusCode, responseParameters } of Object.values(responses)) {
      const declared = Object.keys(operation.responses[statusCode]?.headers ?? {});
      for (const [name, value] of Object.entries(cors)) {
        expect(responseParameters?.[`method.response.header.${name}`], `${method} ${path}`).toBe(
          `'${value}'`,
        );
        expect(declared, `${method} ${path} ${statusCode}`).toContain(name);
      }
    }
  }
});

test('the gateway answers what local does where a request reaches no integration', () => {
  const own = document['x-amazon-apigateway-gateway-responses'];
  const statuses = Object.fromEntries(
    Object.entries(own).map(([type, { statusCode }]) => [type, statusCode]),
  );
  expect(statuses).toMatchObject({
    BAD_REQUEST_BODY: '400',
    UNAUTHORIZED: '401',
    ACCESS_DENIED: '403',
    MISSING_AUTHENTICATION_TOKEN: '404',
    REQUEST_TOO_LARGE: '413',
    UNSUPPORTED_MEDIA_TYPE: '415',
    THROTTLED: '429',
    WAF_FILTERED: '429',
  });
  for (const type of ['THROTTLED', 'WAF_FILTERED']) {
    expect(own[type]!.responseParameters['gatewayresponse.header.retry-after']).toBe("'1'");
  }
  expect(own.BAD_REQUEST_BODY!.responseTemplates['application/json']).toContain(
    '$context.error.validationErrorString',
  );
  for (const [type, { responseTemplates }] of Object.entries(own)) {
    const text = responseTemplates['application/json']!.replaceAll('$context.error.messageString', '"x"');
    expect(Object.keys(JSON.parse(text)), type).toEqual(['__type', 'message']);
    // No Velocity runs here.
    expect(text.replaceAll('$context.error.validationErrorString', '')).not.toMatch(/[$#]/);
  }
});

test('an authorizer has one source of identity, and each route asks for one key at most', () => {
  const sources = Object.values(document.components.securitySchemes).map(
    (scheme) =>
      (scheme as Record<string, { identitySource: string; authorizerResultTtlInSeconds: number }>)[
        'x-amazon-apigateway-authorizer'
      ]!,
  );
  expect(sources.map(({ identitySource }) => identitySource).sort()).toEqual([
    'method.request.header.Authorization',
    'method.request.header.x-api-key',
    'method.request.querystring.writeKey',
  ]);
  for (const { operation } of methods) {
    expect(operation.security.length).toBeLessThanOrEqual(1);
    for (const [name] of operation.security.map(Object.keys)) {
      expect(Object.keys(document.components.securitySchemes)).toContain(name);
    }
  }
});

test('whoever writes or reads the stream shows a key', () => {
  for (const { path, method, operation } of collecting) {
    const { uri = '' } = operation['x-amazon-apigateway-integration'];
    if (uri.includes(':kinesis:')) expect(operation.security, `${method} ${path}`).toHaveLength(1);
  }
});
