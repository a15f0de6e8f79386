/**
 * Pieces of API Gateway mapping templates (Velocity Template Language; AWS, "Mapping template reference for
 * REST APIs") that write the envelope of `lake/gateway.ts` around an event.
 *
 * Literal JSON stands in single quotes, where Velocity replaces nothing, and is joined by interpolation. What a
 * client sent is either printed by `$input.json`, which prints JSON, or escaped.
 */
import { limits } from '../gateway.ts';

/** Leaves in the variable what may stand between quotes in JSON. */
export function escapeVariable(variable: string): string {
  // escapeJavaScript writes \' for ', which is no JSON. What it makes of an empty text is not told.
  return `#if($${variable} != "")#set($${variable} = $util.escapeJavaScript($${variable}).replaceAll("\\\\'", "'"))#end`;
}

/** What a batch may say for all its messages. */
const sharedMembers = ['sentAt', 'context', 'integrations'];

/** Leaves in `$batch` the envelope's member `batch` with the comma before it, or nothing. */
const sharedByBatch = [
  `#set($quote = '"')`,
  `#set($beforeBatch = ',"batch":{')`,
  '#set($batch = "")',
  "#set($body = $input.path('$'))",
  `#foreach($name in [${sharedMembers.map((name) => `'${name}'`).join(', ')}])`,
  '#if($body.containsKey($name))',
  '#if($batch != "")#set($batch = "$batch,")#end',
  '#set($text = $input.json("$.$name"))',
  '#set($batch = "$batch$quote$name$quote:$text")',
  '#end',
  '#end',
  '#if($batch != "")#set($batch = "$beforeBatch$batch}")#end',
];

/**
 * Sets `$open` and `$known`, from which `envelope` is made: all that is the same for each event of a request.
 * `batch`: the body is a Segment batch, whose own members go into the envelope too.
 */
export function requestContext(route: string, batch = false): string {
  const max = limits.userAgentCharacters;
  return [
    '#set($ua = "$!context.identity.userAgent")',
    `#if($ua.length() > ${max})#set($ua = $ua.substring(0, ${max}))#end`,
    escapeVariable('ua'),
    '#set($key = "$!context.authorizer.key")',
    escapeVariable('key'),
    ...(batch ? sharedByBatch : ['#set($batch = "")']),
    `#set($open = '{"$firn":1,"id":"')`,
    `#set($ip = '","route":"${route}","ip":"')`,
    `#set($afterIp = '","ua":"')`,
    `#set($afterUa = '","key":"')`,
    `#set($afterKey = '","at":')`,
    `#set($data = ',"data":')`,
    '#set($known = "$ip$context.identity.sourceIp$afterIp$ua$afterUa$key$afterKey$context.requestTimeEpoch$batch$data")',
  ].join('\n');
}

/** The request's id; in braces, since a hyphen after a name would belong to the name. */
export const requestId = `\${context.requestId}`;

/**
 * A `#set` of `$record`: the event whose JSON text is in `$event`, in its envelope. `index` is Velocity for its
 * place in the request.
 */
export function envelope(index: string): string {
  return `#set($record = "$open${requestId}-${index}$known$event}")`;
}

/**
 * Velocity that is true where a text has more bytes than this, or up to two more: base64 tells lengths in threes,
 * and templates know no other way to count bytes.
 */
export function longerThan(text: string, bytes: number): string {
  return `$util.base64Encode(${text}).length() > ${4 * Math.ceil(bytes / 3)}`;
}
