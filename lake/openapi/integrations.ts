/** What stands behind a method: Kinesis, a function, or an answer that is always the same. */
import { answered, corsParameters, errorBody, methodResponses } from './answers.ts';
import type { ApiSettings, Integration, IntegrationResponse, Operation, Templates } from './types.ts';

/** Calls Kinesis (API Gateway, "Tutorial: Create a REST API as an Amazon Kinesis proxy"). */
export function kinesis(
  { partition, region, kinesisRole }: ApiSettings,
  action: string,
  requestTemplates: Templates,
  responses: Readonly<Record<string, IntegrationResponse>>,
): Integration {
  return {
    type: 'aws',
    httpMethod: 'POST',
    uri: `arn:${partition}:apigateway:${region}:kinesis:action/${action}`,
    credentials: kinesisRole,
    passthroughBehavior: 'never',
    requestParameters: { 'integration.request.header.Content-Type': "'application/x-amz-json-1.1'" },
    requestTemplates,
    responses,
  };
}

/** Hands the whole request to a function. */
export function lambda({ partition, region }: ApiSettings, arn: string): Integration {
  return { type: 'aws_proxy', httpMethod: 'POST', uri: invocationUri(partition, region, arn) };
}

export function invocationUri(partition: string, region: string, arn: string): string {
  return `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
}

/** Content types of bodies that we take; `text/plain` is what sendBeacon sends. */
export const bodyTypes = ['application/json', 'text/plain'] as const;

/** Answers without calling anything. `template` is Velocity. */
export function mock(
  status: string,
  template: string,
  contentTypes: readonly string[] = ['application/json'],
): Integration {
  const request = JSON.stringify({ statusCode: Number(status) });
  return {
    type: 'mock',
    passthroughBehavior: 'never',
    requestTemplates: Object.fromEntries(contentTypes.map((type) => [type, request])),
    responses: { default: answered(status, template) },
  };
}

/** What a browser asks before it sends. */
export function preflight(operationId: string): Operation {
  return {
    operationId,
    responses: methodResponses(['204']),
    security: [],
    'x-amazon-apigateway-integration': {
      ...mock('204', ''),
      responses: { default: { statusCode: '204', responseParameters: corsParameters('method.response') } },
    },
  };
}

/** What a path answers to a method that it does not take. */
export function otherMethod(operationId: string, methods: readonly string[]): Operation {
  const message = `this path takes ${methods.join(' or ')}`;
  const refusal = answered('405', errorBody('UnknownOperationException', message));
  const allow = { 'method.response.header.allow': `'${[...methods, 'OPTIONS'].join(', ')}'` };
  return {
    operationId,
    responses: methodResponses(['405']),
    security: [],
    'x-amazon-apigateway-integration': {
      ...mock('405', '', bodyTypes),
      responses: {
        default: { ...refusal, responseParameters: { ...refusal.responseParameters, ...allow } },
      },
    },
  };
}
