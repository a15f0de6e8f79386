/**
 * The collection routes of `lake/collect/routes.ts` in the cloud. Long paths of Segment's and the pixel go straight
 * to Kinesis; what no template can do goes to `functions/collect.ts`, which is the local gateway's own code: keys
 * that may be in the body (the short paths of Segment's, `/collect`) and bodies in other shapes (CloudEvents).
 */
import { pixelGif } from '../collect/answers.ts';
import { collectLimits } from '../collect/limits.ts';
import { type CollectRoute, collectRoutes } from '../collect/routes.ts';
import { answered, errorBody, kinesisErrors, methodResponses, putRecordsAnswer } from './answers.ts';
import { batchTemplate, messageTemplate, pixelTemplate, settingsTemplate } from './collect-templates.ts';
import { bodyTypes, kinesis, lambda, mock } from './integrations.ts';
import type {
  ApiSettings,
  Integration,
  IntegrationResponse,
  Operation,
  Parameter,
  PathItem,
  Schema,
  Templates,
} from './types.ts';

export const collectModels: Record<string, Schema> = {
  Message: { type: 'object' },
  Batch: { type: 'object', required: ['batch'], properties: { batch: { type: 'array', items: {} } } },
};

/** Where a route's requests go. */
export type Way = 'kinesis' | 'function' | 'mock';

export function wayOf({ kind, path }: CollectRoute): Way {
  if (kind === 'segment-metrics' || kind === 'segment-settings') return 'mock';
  if (kind === 'pixel') return 'kinesis';
  // analytics.js, which calls the short paths, has the write key in the body alone.
  const long = !/^\/v1\/[a-z]$/.test(path);
  return kind.startsWith('segment') && long ? 'kinesis' : 'function';
}

/** Paths without the stage, which stands for their `/v1`. */
export function collectPaths(settings: ApiSettings): Record<string, PathItem> {
  const below = collectRoutes.filter(({ path }) => path.startsWith('/v1/'));
  return Object.fromEntries(below.map((route) => [route.path.slice('/v1'.length), pathOf(settings, route)]));
}

function pathOf(settings: ApiSettings, route: CollectRoute): PathItem {
  const way = wayOf(route);
  if (way === 'function') return byFunction(settings, route);
  const integration = way === 'mock' ? mockOf(route) : kinesisOf(settings, route);
  const parameters: Parameter[] = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const scheme = route.kind === 'pixel' ? 'pixelKey' : 'segmentKey';
  return {
    [route.method.toLowerCase()]: {
      operationId: operationId(route),
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(way === 'kinesis' ? bodyOf(route) : {}),
      responses: methodResponses(['200', '400', '429', '503']),
      security: way === 'kinesis' ? [{ [scheme]: [] }] : [],
      'x-amazon-apigateway-integration': integration,
    },
  };
}

/** `/v1/pixel.gif` is `collectPixelGif`; `/v1/projects/{key}/settings` is `collectProjectsKeySettings`. */
function operationId({ path }: CollectRoute): string {
  const words = path.slice('/v1'.length).match(/[A-Za-z0-9]+/g)!;
  return `collect${words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')}`;
}

function byFunction(settings: ApiSettings, route: CollectRoute): PathItem {
  const operation: Operation = {
    operationId: operationId(route),
    responses: methodResponses(['200']),
    security: [],
    'x-amazon-apigateway-integration': lambda(settings, settings.collect),
  };
  if (route.credentials !== true) return { [route.method.toLowerCase()]: operation };
  // Only the function knows the page's origin, which must be named before cookies may come.
  const options = { ...operation, operationId: `preflight${operation.operationId}` };
  return { [route.method.toLowerCase()]: operation, options };
}

function bodyOf(
  route: CollectRoute,
): Pick<Operation, 'requestBody' | 'x-amazon-apigateway-request-validator'> {
  if (route.bodyBytes === 0) return {};
  const schema = { $ref: `#/components/schemas/${route.kind === 'segment' ? 'Message' : 'Batch'}` };
  return {
    requestBody: {
      required: true,
      content: Object.fromEntries(bodyTypes.map((type) => [type, { schema }])),
    },
    'x-amazon-apigateway-request-validator': 'body',
  };
}

const success = '{"success":true}';

function kinesisOf(settings: ApiSettings, route: CollectRoute): Integration {
  const { stream } = settings;
  if (route.kind === 'segment-batch') {
    const failure = errorBody('$code', 'not all events were taken; send the batch again');
    return kinesis(settings, 'PutRecords', bodies(batchTemplate(stream)), {
      '200': putRecordsAnswer(success, failure),
      ...kinesisErrors(
        `the batch must hold 1 to 500 messages in at most ${collectLimits.batchBytes} bytes; ` +
          '/v1/b takes more messages, and what they share in each of them',
      ),
    });
  }
  const [template, done] =
    route.kind === 'pixel'
      ? [{ 'application/json': pixelTemplate(stream) }, pixelAnswer]
      : [bodies(messageTemplate(stream, route)), answered('200', success)];
  return kinesis(settings, 'PutRecord', template, {
    '200': done,
    ...kinesisErrors(`the message must have at most ${collectLimits.eventBytes} bytes`),
  });
}

const bodies = (template: string): Templates => Object.fromEntries(bodyTypes.map((type) => [type, template]));

/** The gateway makes bytes of the template's base64 (API Gateway, "Content type conversions"). */
const pixelAnswer: IntegrationResponse = (() => {
  const { responseParameters, ...json } = answered('200', pixelGif);
  return {
    ...json,
    contentHandling: 'CONVERT_TO_BINARY',
    responseParameters: {
      ...responseParameters,
      'method.response.header.content-type': "'image/gif'",
      'method.response.header.cache-control': "'no-store'",
    },
  };
})();

function mockOf(route: CollectRoute): Integration {
  if (route.kind === 'segment-metrics') return mock('200', success, bodyTypes);
  const integration = mock('200', settingsTemplate);
  const { default: answer } = integration.responses!;
  const cache = { 'method.response.header.cache-control': "'public, max-age=300'" };
  return {
    ...integration,
    responses: { default: { ...answer!, responseParameters: { ...answer!.responseParameters, ...cache } } },
  };
}
