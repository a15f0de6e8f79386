/** The Kinesis proxy in the cloud: `/streams` of the API document, the same as `local/gateway/proxy.ts`. */
import { limits } from '../gateway.ts';
import { answered, errorBody, json, kinesisErrors, methodResponses, putRecordsAnswer } from './answers.ts';
import { kinesis, mock } from './integrations.ts';
import type { ApiSettings, Operation, Parameter, PathItem, Schema } from './types.ts';
import { envelope, requestContext } from './vtl.ts';

const partitionKey: Schema = { type: 'string', minLength: 1, maxLength: limits.partitionKeyCharacters };

/** Models of the bodies. API Gateway checks no `minItems`, `anyOf` or several types: the templates do. */
export const proxyModels: Record<string, Schema> = {
  PutRecord: {
    type: 'object',
    required: ['Data', 'PartitionKey'],
    properties: {
      Data: { description: 'The event: a JSON object, or text.' },
      PartitionKey: partitionKey,
    },
  },
  PutRecords: {
    type: 'object',
    required: ['records'],
    properties: {
      records: {
        type: 'array',
        description: `1 to ${limits.recordsPerCall} events.`,
        items: {
          type: 'object',
          required: ['data', 'partition-key'],
          properties: {
            data: { description: 'The event: a JSON object, or text.' },
            'partition-key': partitionKey,
          },
        },
      },
    },
  },
};

/** Paths of the proxy. Only our own stream exists: its name is part of the document, never a client's choice. */
export function proxyPaths(settings: ApiSettings): Record<string, PathItem> {
  const { stream } = settings;
  const put = (
    id: string,
    model: string,
    action: string,
    integration: Operation['x-amazon-apigateway-integration'],
  ) => ({
    operationId: id,
    summary: action,
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${model}` } } },
    },
    responses: methodResponses(['200', '400', '429', '503']),
    security: [{ proxyKey: [] }],
    'x-amazon-apigateway-request-validator': 'body' as const,
    'x-amazon-apigateway-integration': integration,
  });
  const get = (id: string, integration: Operation['x-amazon-apigateway-integration']) => ({
    operationId: id,
    responses: methodResponses(['200', '400', '429', '503']),
    security: [{ proxyKey: [] }],
    'x-amazon-apigateway-integration': integration,
  });
  return {
    '/streams': {
      get: get(
        'listStreams',
        kinesis(settings, 'DescribeStreamSummary', json(named(stream)), {
          '200': answered('200', listStreams),
          ...kinesisErrors(refused),
        }),
      ),
    },
    [`/streams/${stream}`]: {
      get: get(
        'describeStream',
        kinesis(settings, 'DescribeStream', json(named(stream)), {
          '200': answered('200', describeStream),
          ...kinesisErrors(refused),
        }),
      ),
    },
    [`/streams/${stream}/record`]: {
      put: put(
        'putRecord',
        'PutRecord',
        'Puts one event.',
        kinesis(settings, 'PutRecord', json(putRecord(stream)), {
          '200': answered('200', "$input.json('$')"),
          ...kinesisErrors(refused),
        }),
      ),
    },
    [`/streams/${stream}/records`]: {
      put: put(
        'putRecords',
        'PutRecords',
        'Puts up to 500 events.',
        kinesis(settings, 'PutRecords', json(putRecords(stream)), {
          // The answer is Kinesis's own, failed or not: it says of each record whether to send it again.
          '200': putRecordsAnswer('$answer', '$answer'),
          ...kinesisErrors(refused),
        }),
      ),
    },
    '/streams/{stream}': { get: noStream('describeOther', stream) },
    '/streams/{stream}/record': { put: noStream('putRecordOther', stream) },
    '/streams/{stream}/records': { put: noStream('putRecordsOther', stream) },
  };
}

const refused =
  `the body must hold 1 to ${limits.recordsPerCall} events, each a JSON object or text ` +
  `of at most ${limits.recordBytes} bytes, its envelope included, with a partition key`;

const named = (stream: string): string => JSON.stringify({ StreamName: stream });

/**
 * A record whose event is no object and no text gets an empty partition key, which Kinesis refuses with the whole
 * call (PutRecords, "PartitionKey: minimum length of 1").
 */
function recordOf(dataPath: string, keyPath: string, index: string): string {
  return [
    `#set($event = $input.json("${dataPath}"))`,
    envelope(index),
    `"Data":"$util.base64Encode($record)","PartitionKey":#if($event.startsWith("{") || $event.startsWith('"'))$input.json("${keyPath}")#else""#end`,
  ].join('\n');
}

function putRecord(stream: string): string {
  return [
    requestContext('record'),
    `{"StreamName":"${stream}",`,
    recordOf('$.Data', '$.PartitionKey', '0'),
    '}',
  ].join('\n');
}

function putRecords(stream: string): string {
  const item = '$.records[$foreach.index]';
  return [
    requestContext('records'),
    `{"StreamName":"${stream}","Records":[`,
    "#foreach($item in $input.path('$.records'))",
    `{${recordOf(`${item}.data`, `${item}['partition-key']`, '$foreach.index')}}#if($foreach.hasNext),#end`,
    '#end',
    ']}',
  ].join('\n');
}

/** DescribeStreamSummary's answer in the shape of ListStreams, as `listStreamsAnswer` of `lake/gateway.ts`. */
const listStreams = [
  "#set($stream = $input.path('$.StreamDescriptionSummary'))",
  '{"HasMoreStreams":false,"StreamNames":["$stream.StreamName"],"StreamSummaries":[{',
  '"StreamARN":"$stream.StreamARN",',
  `"StreamCreationTimestamp":$input.json('$.StreamDescriptionSummary.StreamCreationTimestamp'),`,
  `"StreamModeDetails":$input.json('$.StreamDescriptionSummary.StreamModeDetails'),`,
  '"StreamName":"$stream.StreamName","StreamStatus":"$stream.StreamStatus"}]}',
].join('\n');

/** DescribeStream's answer without what is the account's own: the encryption key. */
const describeStream = [
  "#set($stream = $input.path('$.StreamDescription'))",
  '{"StreamDescription":{"EncryptionType":"$stream.EncryptionType",',
  `"EnhancedMonitoring":$input.json('$.StreamDescription.EnhancedMonitoring'),`,
  `"HasMoreShards":$input.json('$.StreamDescription.HasMoreShards'),`,
  `"RetentionPeriodHours":$input.json('$.StreamDescription.RetentionPeriodHours'),`,
  `"Shards":$input.json('$.StreamDescription.Shards'),`,
  '"StreamARN":"$stream.StreamARN",',
  `"StreamCreationTimestamp":$input.json('$.StreamDescription.StreamCreationTimestamp'),`,
  `"StreamModeDetails":$input.json('$.StreamDescription.StreamModeDetails'),`,
  '"StreamName":"$stream.StreamName","StreamStatus":"$stream.StreamStatus"}}',
].join('\n');

function noStream(operationId: string, stream: string): Operation {
  const parameters: Parameter[] = [
    { name: 'stream', in: 'path', required: true, schema: { type: 'string' } },
  ];
  const body = errorBody(
    'ResourceNotFoundException',
    `there is no stream of this name; the stream is ${stream}`,
  );
  return {
    operationId,
    parameters,
    responses: methodResponses(['404']),
    security: [],
    'x-amazon-apigateway-integration': mock('404', body),
  };
}
