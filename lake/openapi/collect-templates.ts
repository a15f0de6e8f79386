/** Mapping templates of the collection routes that go straight to Kinesis, and of the settings. */
import { collectLimits } from '../collect/limits.ts';
import type { CollectRoute } from '../collect/routes.ts';
import { settingsOf } from '../collect/settings.ts';
import { envelope, escapeVariable, longerThan, requestContext, requestId } from './vtl.ts';

/** An empty partition key is how a template refuses: Kinesis finds the whole call invalid. */
const partitionKey = (index: string): string => `${requestId}-${index}`;

export function messageTemplate(stream: string, { type, bodyBytes }: CollectRoute): string {
  return [
    requestContext(`segment/${type}`),
    `#set($partitionKey = "${partitionKey('0')}")`,
    `#if(${longerThan('$input.body', bodyBytes)})#set($partitionKey = "")#end`,
    "#set($event = $input.json('$'))",
    envelope('0'),
    `{"StreamName":"${stream}","Data":"$util.base64Encode($record)","PartitionKey":"$partitionKey"}`,
  ].join('\n');
}

export function batchTemplate(stream: string): string {
  return [
    requestContext('segment/batch', true),
    '#set($tooLong = false)',
    `#if(${longerThan('$input.body', collectLimits.batchBytes)})#set($tooLong = true)#end`,
    `{"StreamName":"${stream}","Records":[`,
    "#foreach($message in $input.path('$.batch'))",
    '#set($event = $input.json("$.batch[$foreach.index]"))',
    envelope('$foreach.index'),
    `{"Data":"$util.base64Encode($record)","PartitionKey":"#if(!$tooLong)${partitionKey('$foreach.index')}#end"}#if($foreach.hasNext),#end`,
    '#end',
    ']}',
  ].join('\n');
}

/** The query's parameters as one JSON object, but for the key. */
export function pixelTemplate(stream: string): string {
  return [
    requestContext('pixel'),
    `#set($quote = '"')`,
    '#set($members = "")',
    '#set($query = $input.params().querystring)',
    '#foreach($name in $query.keySet())',
    '#if($name != "writeKey")',
    '#set($value = $query.get($name))',
    escapeVariable('value'),
    '#set($member = "$name")',
    escapeVariable('member'),
    '#if($members != "")#set($members = "$members,")#end',
    '#set($members = "$members$quote$member$quote:$quote$value$quote")',
    '#end',
    '#end',
    '#set($event = "{$members}")',
    envelope('0'),
    `{"StreamName":"${stream}","Data":"$util.base64Encode($record)","PartitionKey":"${partitionKey('0')}"}`,
  ].join('\n');
}

/** The key of the path goes into the settings only if it is made of what keys are made of. */
export const settingsTemplate = [
  "#set($key = $input.params('key'))",
  "#if($key.matches('[A-Za-z0-9_.~:/+=-]{1,128}'))",
  JSON.stringify(settingsOf('$key', '$context.domainName/v1', 'https')),
  '#else',
  '#set($context.responseOverride.status = 400)',
  '{"__type":"ValidationException","message":"the path holds no write key"}',
  '#end',
].join('\n');
