/**
 * The API document: one OpenAPI 3.0 text from which the cloud's REST API is made. It serves the routes of the
 * local gateway, under the stage `v1`.
 */
import { gatewayResponses } from './answers.ts';
import { collectModels, collectPaths } from './collect.ts';
import { invocationUri, otherMethod, preflight } from './integrations.ts';
import { proxyModels, proxyPaths } from './proxy.ts';
import type { ApiDocument, ApiSettings, PathItem } from './types.ts';

/** Name of the API's stage; with it, paths are those of the local gateway. */
export const apiStage = 'v1';

/** The document for an account; pure, so that its hash tells whether the API must be deployed anew. */
export function apiDocument(settings: ApiSettings): ApiDocument {
  const paths = { ...proxyPaths(settings), ...collectPaths(settings) };
  return {
    openapi: '3.0.3',
    info: {
      title: settings.title,
      version: '1',
      description: 'Collects events into the stream of a Firn lakehouse.',
    },
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, whole(path, item)])),
    components: { schemas: { ...proxyModels, ...collectModels }, securitySchemes: securitySchemes(settings) },
    'x-amazon-apigateway-request-validators': {
      body: { validateRequestBody: true, validateRequestParameters: false },
    },
    'x-amazon-apigateway-gateway-responses': gatewayResponses(),
    // Only the pixel's answer is binary: a body of this type is never a request.
    'x-amazon-apigateway-binary-media-types': ['image/gif'],
  };
}

/**
 * A caching authorizer refuses where any of its sources is missing, so that each has one ("Use API Gateway Lambda
 * authorizers", identity sources).
 */
function securitySchemes(settings: ApiSettings): Record<string, object> {
  const { partition, region, authorizer, keyCacheSeconds } = settings;
  const scheme = (place: 'header' | 'query', name: string) => ({
    type: 'apiKey',
    in: place,
    name,
    'x-amazon-apigateway-authtype': 'custom',
    'x-amazon-apigateway-authorizer': {
      type: 'request',
      identitySource: `method.request.${place === 'query' ? 'querystring' : place}.${name}`,
      authorizerUri: invocationUri(partition, region, authorizer),
      authorizerResultTtlInSeconds: keyCacheSeconds,
    },
  });
  return {
    proxyKey: scheme('header', 'x-api-key'),
    segmentKey: scheme('header', 'Authorization'),
    pixelKey: scheme('query', 'writeKey'),
  };
}

/** A path with the answers to browsers that ask beforehand, and to methods that it does not take. */
function whole(path: string, item: PathItem): PathItem {
  const name = path.replace(
    /[^A-Za-z0-9]+(.)?/g,
    (_, letter: string | undefined) => letter?.toUpperCase() ?? '',
  );
  const [parameters] = Object.values(item).map((operation) => operation.parameters);
  const given = parameters === undefined ? {} : { parameters };
  const methods = Object.keys(item)
    .filter((method) => method !== 'options')
    .map((method) => method.toUpperCase());
  return {
    options: { ...preflight(`preflight${name}`), ...given },
    ...item,
    'x-amazon-apigateway-any-method': { ...otherMethod(`other${name}`, methods), ...given },
  };
}
