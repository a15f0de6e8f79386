/**
 * The collection routes as data: which path speaks which protocol, where its write key may be, and how large a
 * body may be. The local gateway serves them, and the cloud's API document is made from them.
 *
 * Segment's paths: Segment, "HTTP API Source"; the short ones are what analytics.js 2 calls. `/collect` is the
 * ingestion endpoint of Clickstream Analytics on AWS. CloudEvents: "HTTP Protocol Binding" 1.0.2.
 */
import { collectLimits, type SegmentType, segmentTypes } from './limits.ts';

/** Which protocol a route speaks. */
export type RouteKind =
  /** One Segment message; the route says its type. */
  | 'segment'
  /** `{"batch": [message, …]}` */
  | 'segment-batch'
  /** The tracking library's own metrics: answered and counted, never put into the stream. */
  | 'segment-metrics'
  /** What analytics.js reads before it starts. */
  | 'segment-settings'
  /** An event in a query string, answered by an image. */
  | 'pixel'
  /** AWS's clickstream SDKs: an array of events. */
  | 'clickstream'
  | 'cloudevents';

/** Where a route looks for the write key, in this order. */
export type KeyPlace =
  /** `Authorization: Basic base64(key + ':')` */
  | 'basic'
  /** `Authorization: Bearer key` */
  | 'bearer'
  | 'x-api-key'
  /** The body's member `writeKey`; in a batch also that of its first message. */
  | 'body'
  /** The query parameter `writeKey` */
  | 'query'
  /** The query parameter `appId` */
  | 'app-id';

export interface CollectRoute {
  method: 'GET' | 'POST';
  /** As API Gateway spells it; `{key}` stands for one segment of the path. */
  path: string;
  kind: RouteKind;
  /** Of a single Segment route. */
  type?: SegmentType;
  /** Empty: the route takes no key. */
  keys: readonly KeyPlace[];
  /** Bytes of a body, after gzip is undone too. 0: no body. */
  bodyBytes: number;
  /** Its browsers' client sends cookies, so CORS must name the very origin (Fetch standard, "CORS protocol and credentials"). */
  credentials?: true;
}

const segmentKeys: readonly KeyPlace[] = ['basic', 'x-api-key', 'body'];

function single(path: string, type: SegmentType): CollectRoute {
  return {
    method: 'POST',
    path,
    kind: 'segment',
    type,
    keys: segmentKeys,
    bodyBytes: collectLimits.eventBytes,
  };
}

function batch(path: string): CollectRoute {
  return {
    method: 'POST',
    path,
    kind: 'segment-batch',
    keys: segmentKeys,
    bodyBytes: collectLimits.batchBytes,
  };
}

export const collectRoutes: readonly CollectRoute[] = [
  ...segmentTypes.flatMap((type) => [single(`/v1/${type}`, type), single(`/v1/${type[0]}`, type)]),
  batch('/v1/batch'),
  batch('/v1/b'),
  batch('/v1/import'),
  { method: 'POST', path: '/v1/m', kind: 'segment-metrics', keys: [], bodyBytes: collectLimits.metricsBytes },
  { method: 'GET', path: '/v1/projects/{key}/settings', kind: 'segment-settings', keys: [], bodyBytes: 0 },
  { method: 'GET', path: '/v1/pixel.gif', kind: 'pixel', keys: ['query'], bodyBytes: 0 },
  ...['/v1/collect', '/collect'].map(
    (path): CollectRoute => ({
      method: 'POST',
      path,
      kind: 'clickstream',
      keys: ['app-id'],
      bodyBytes: collectLimits.clickstreamBytes,
      credentials: true,
    }),
  ),
  {
    method: 'POST',
    path: '/v1/events',
    kind: 'cloudevents',
    keys: ['x-api-key', 'bearer', 'basic'],
    bodyBytes: collectLimits.cloudEventsBytes,
  },
];

const fixed = new Map(collectRoutes.map((route) => [route.path, route]));
const settings = collectRoutes.find(({ kind }) => kind === 'segment-settings')!;
const settingsPath = /^\/v1\/projects\/[^/]+\/settings$/;

/** The route of a path, whatever the method; undefined if there is none. A slash at the end is forgiven. */
export function findCollectRoute(path: string): CollectRoute | undefined {
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return fixed.get(plain) ?? (settingsPath.test(plain) ? settings : undefined);
}
