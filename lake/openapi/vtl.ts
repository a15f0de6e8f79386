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

/**
 * Sets `$open` and `$known`, from which `envelope` is made: all that is the same for each event of a request.
 * `batch`: name of a variable with the JSON object of what a batch says for all its messages.
 */
export function requestContext(route: string, batch?: string): string {
  const max = limits.userAgentCharacters;
  return [
    '#set($ua = "$!context.identity.userAgent")',
    `#if($ua.length() > ${max})#set($ua = $ua.substring(0, ${max}))#end`,
    escapeVariable('ua'),
    '#set($key = "$!context.authorizer.key")',
    escapeVariable('key'),
    `#set($open = '{"$firn":1,"id":"')`,
    `#set($ip = '","route":"${route}","ip":"')`,
    `#set($afterIp = '","ua":"')`,
    `#set($afterUa = '","key":"')`,
    `#set($afterKey = '","at":')`,
    ...(batch === undefined ? [] : [`#set($beforeBatch = ',"batch":')`]),
    `#set($data = ',"data":')`,
    `#set($known = "\${ip}\${context.identity.sourceIp}\${afterIp}\${ua}\${afterUa}\${key}\${afterKey}\${context.requestTimeEpoch}${
      batch === undefined ? '' : `\${beforeBatch}\${${batch}}`
    }\${data}")`,
  ].join('\n');
}

/**
 * A `#set` of `$record`: the event whose JSON text is in `$event`, in its envelope. `index` is Velocity for its
 * place in the request.
 */
export function envelope(index: string): string {
  return `#set($record = "\${open}\${context.requestId}-${index}\${known}\${event}}")`;
}
