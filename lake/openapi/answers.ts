/**
 * What the API answers: CORS headers, and errors in the shape and with the statuses of the local gateway. Answers
 * to what never reaches an integration are the gateway's own ("gateway responses"); they know variables only, no
 * Velocity (API Gateway, "x-amazon-apigateway-gateway-responses").
 */
import type { GatewayResponse, IntegrationResponse, MethodResponse, Templates } from './types.ts';

/** On every answer of a collection route, errors too: pages of any site may collect. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  // x-retry-count: of Segment's libraries, when they send again.
  'access-control-allow-headers': 'authorization,content-encoding,content-type,x-api-key,x-retry-count',
  'access-control-allow-methods': 'GET,OPTIONS,POST,PUT',
  'access-control-expose-headers': 'retry-after',
  'access-control-max-age': '86400',
} as const;

/** As parameters of an answer of the given sort: a literal is in single quotes. */
export function corsParameters(sort: 'method.response' | 'gatewayresponse'): Record<string, string> {
  return Object.fromEntries(
    Object.entries(corsHeaders).map(([name, value]) => [`${sort}.header.${name}`, `'${value}'`]),
  );
}

export const json = (text: string): Templates => ({ 'application/json': text });

/** A method must declare each status and header that its integration may answer with. */
export function methodResponses(statuses: readonly string[]): Record<string, MethodResponse> {
  const headers = Object.fromEntries(
    [...Object.keys(corsHeaders), 'allow', 'cache-control', 'content-type', 'retry-after'].map((name) => [
      name,
      { schema: { type: 'string' } as const },
    ]),
  );
  return Object.fromEntries(statuses.map((status) => [status, { description: status, headers }]));
}

/** An integration's answer that carries CORS headers. */
export function answered(statusCode: string, template: string): IntegrationResponse {
  return {
    statusCode,
    responseParameters: corsParameters('method.response'),
    responseTemplates: json(template),
  };
}

export function errorBody(type: string, message: string): string {
  return JSON.stringify({ __type: type, message });
}

const slowDown = errorBody(
  'ProvisionedThroughputExceededException',
  'the stream takes no more at this moment; send again, later and slower',
);
const unavailable = errorBody('InternalFailure', 'the stream could not be written to; send again later');

/**
 * Answers to what Kinesis refuses as a whole. Its errors are all 400 but for its own failures, and those that a
 * client can do nothing about (a missing right, a disabled key) are ours: 503, so that clients keep the events.
 * `refused`: what to say of a request that Kinesis finds invalid, which is how a template refuses one too.
 */
export function kinesisErrors(refused: string): Record<string, IntegrationResponse> {
  const template = [
    `#set($type = "$!input.path('$.__type')")`,
    '#if($type.contains("ProvisionedThroughputExceeded") || $type.contains("LimitExceeded") || $type.contains("KMSThrottling"))',
    '#set($context.responseOverride.status = 429)',
    slowDown,
    '#elseif($type.contains("ValidationException") || $type.contains("InvalidArgument") || $type.contains("Serialization"))',
    '#set($context.responseOverride.status = 400)',
    errorBody('ValidationException', refused),
    '#else',
    unavailable,
    '#end',
  ].join('\n');
  return { '4\\d{2}': soon(answered('503', template)), default: soon(answered('503', unavailable)) };
}

/** In seconds: some libraries wait a minute where they are not told. */
const retryAfter = "'1'";

function soon(response: IntegrationResponse): IntegrationResponse {
  const { responseParameters = {}, ...rest } = response;
  return {
    ...rest,
    responseParameters: { ...responseParameters, 'method.response.header.retry-after': retryAfter },
  };
}

/**
 * PutRecords answers 200 though some records failed: such an answer gets a status that makes clients send again.
 * `success` and `failure`: templates of the body. What the answer says of each record is in `$answer`, and the worst
 * of its errors in `$code`.
 */
export function putRecordsAnswer(success: string, failure: string): IntegrationResponse {
  const template = [
    "#set($answer = $input.json('$'))",
    "#if($input.path('$.FailedRecordCount') > 0)",
    '#if($answer.contains("InternalFailure"))',
    '#set($context.responseOverride.status = 503)',
    '#set($code = "InternalFailure")',
    '#else',
    '#set($context.responseOverride.status = 429)',
    '#set($code = "ProvisionedThroughputExceededException")',
    '#end',
    failure,
    '#else',
    success,
    '#end',
  ].join('\n');
  return answered('200', template);
}

/** Answers of the gateway itself, by its names for them ("Gateway response types for API Gateway"). */
export function gatewayResponses(): Record<string, GatewayResponse> {
  const own = (statusCode: string | undefined, body: string): GatewayResponse => ({
    ...(statusCode === undefined ? {} : { statusCode }),
    responseParameters: {
      ...corsParameters('gatewayresponse'),
      ...(statusCode === '429' && { 'gatewayresponse.header.retry-after': retryAfter }),
    },
    responseTemplates: json(body),
  });
  const said = (type: string, message: string) =>
    `{"__type":"${type}","message":${message.startsWith('$') ? message : JSON.stringify(message)}}`;
  return {
    DEFAULT_4XX: own(undefined, said('ClientException', '$context.error.messageString')),
    DEFAULT_5XX: own(undefined, said('InternalFailure', '$context.error.messageString')),
    // The validator's words stand between quotes; nothing else of this answer is a client's.
    BAD_REQUEST_BODY: own(
      '400',
      '{"__type":"ValidationException","message":"$context.error.validationErrorString"}',
    ),
    BAD_REQUEST_PARAMETERS: own('400', said('ValidationException', '$context.error.messageString')),
    UNAUTHORIZED: own(
      '401',
      said(
        'UnauthorizedException',
        'send a valid write key: in the header x-api-key to /streams, by Basic auth to Segment routes, as writeKey in the query of the pixel',
      ),
    ),
    ACCESS_DENIED: own('403', said('AccessDeniedException', 'the write key is not valid')),
    // What API Gateway says to a path or method that it does not know.
    MISSING_AUTHENTICATION_TOKEN: own(
      '404',
      said('UnknownOperationException', 'there is no such route, or it takes another method'),
    ),
    UNSUPPORTED_MEDIA_TYPE: own(
      '415',
      said(
        'UnsupportedMediaTypeException',
        'the content type must be application/json, or text/plain on Segment routes',
      ),
    ),
    REQUEST_TOO_LARGE: own('413', said('RequestTooLargeException', 'the body is larger than 10 MB')),
    THROTTLED: own(
      '429',
      said('ProvisionedThroughputExceededException', 'too many requests; send again later'),
    ),
    // The firewall's rate rule: as any other throttling, so that clients send again.
    WAF_FILTERED: own(
      '429',
      said('ProvisionedThroughputExceededException', 'too many requests; send again later'),
    ),
    AUTHORIZER_FAILURE: own(
      '503',
      said('InternalFailure', 'the write key could not be checked; send again later'),
    ),
    AUTHORIZER_CONFIGURATION_ERROR: own(
      '503',
      said('InternalFailure', 'the write key could not be checked; send again later'),
    ),
    INTEGRATION_FAILURE: own('503', unavailable),
    INTEGRATION_TIMEOUT: own(
      '504',
      said('InternalFailure', 'no answer from the stream in time; the events may have arrived: send again'),
    ),
  };
}
