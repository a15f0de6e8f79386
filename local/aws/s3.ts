/**
 * S3, read only and path-style (Amazon S3 API reference): for readers that resolve files against a
 * table's location, and for result files. A bucket is a folder.
 */
import type { Caller } from './caller.ts';
import { ApiError } from './json11.ts';
import { listObjects } from './s3-list.ts';
import { type ObjectAnswer, readObject } from './s3-object.ts';
import { xmlDocument } from './xml.ts';

export interface Bucket {
  /** Absolute path of the folder. */
  directory: string;
  /** Whether the caller may read an object; of the empty key, whether it may list and look at the bucket. */
  mayRead(key: string, caller: Caller): boolean;
}

export interface S3Request {
  /** GET for HEAD too. */
  method: string;
  head?: boolean;
  /** Still encoded. */
  path: string;
  query: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The bucket that holds the tables: `firn/web_log/metadata/…`. */
export const warehouseBucket = 'firn-warehouse';

const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

export interface S3Service {
  /**
   * Whether a request is one of S3's: below `/s3`; below a bucket's name, for clients that know one endpoint for all
   * services; or, of the root, one that is signed for S3.
   */
  serves(request: S3Request): boolean;
  answer(request: S3Request, caller: Caller | ApiError): Promise<ObjectAnswer>;
}

/** Buckets by name. `onBug` is told of what is not the caller's. */
export function s3Service(
  buckets: Readonly<Record<string, Bucket>>,
  requestId: () => string,
  onBug: (error: unknown) => void,
): S3Service {
  return {
    serves({ path, headers }) {
      if (path === '/') return /Credential=[^,]+\/s3\/aws4_request/.test(String(headers.authorization));
      const [, first = ''] = path.split('/');
      return first === 's3' || Object.hasOwn(buckets, first);
    },
    async answer(request, caller) {
      const id = requestId();
      const answer = await answerOrError(request, caller).catch((thrown: unknown) => {
        if (!(thrown instanceof ApiError)) onBug(thrown);
        return errorAnswer(thrown, request.path, id);
      });
      return { ...answer, headers: { ...answer.headers, 'x-amz-request-id': id } };
    },
  };

  async function answerOrError(request: S3Request, caller: Caller | ApiError): Promise<ObjectAnswer> {
    if (caller instanceof ApiError) throw caller;
    if (request.method !== 'GET') {
      const message = `the files are read only here: ${request.method} is not served; tables are written through /iceberg`;
      throw new ApiError('MethodNotAllowed', message, 405);
    }
    const [name, key] = placeOf(request.path.replace(/^\/s3(?=\/|$)/, ''));
    if (name === '') return listBuckets(buckets, caller);
    const bucket = Object.hasOwn(buckets, name) ? buckets[name]! : undefined;
    if (bucket === undefined) {
      const known = Object.keys(buckets).join(' and ');
      throw new ApiError('NoSuchBucket', `there is no bucket ${name}; there are ${known}`, 404);
    }
    if (!bucket.mayRead(key, caller)) {
      throw new ApiError('AccessDenied', `Access Denied: this is not for the role ${caller.role}`, 403);
    }
    return key === ''
      ? lookAtBucket(bucket, name, request)
      : readObject(bucket.directory, key, request.headers);
  }
}

/** Bucket and key of a path; both empty for the root. */
function placeOf(path: string): [bucket: string, key: string] {
  const [, bucket = '', key = ''] = /^\/?([^/]*)\/?(.*)$/s.exec(path)!;
  try {
    return [decodeURIComponent(bucket), decodeURIComponent(key)];
  } catch {
    throw new ApiError('InvalidURI', 'the path is not well encoded', 400);
  }
}

function listBuckets(buckets: Readonly<Record<string, Bucket>>, caller: Caller): ObjectAnswer {
  const names = Object.keys(buckets).filter((name) => buckets[name]!.mayRead('', caller));
  const Buckets = { Bucket: names.map((Name) => ({ Name, CreationDate: '1970-01-01T00:00:00.000Z' })) };
  return xml('ListAllMyBucketsResult', { Owner: { ID: 'firn' }, Buckets });
}

async function lookAtBucket(bucket: Bucket, name: string, request: S3Request): Promise<ObjectAnswer> {
  const query = new URLSearchParams(request.query);
  if (request.head) return { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' }, body: '' };
  // The region that is named by none is us-east-1.
  if (query.has('location')) return xml('LocationConstraint', {});
  if (query.get('list-type') === '2') {
    return xml('ListBucketResult', await listObjects(bucket.directory, name, query));
  }
  const asked = [...query.keys()].join(', ') || 'ListObjects';
  throw new ApiError('NotImplemented', `${asked} of a bucket is not served here; list-type=2 is`, 501);
}

function xml(root: string, content: Parameters<typeof xmlDocument>[2]): ObjectAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: xmlDocument(root, s3Namespace, content),
  };
}

/** S3's errors stand in no namespace. */
function errorAnswer(thrown: unknown, resource: string, requestId: string): ObjectAnswer {
  const error =
    thrown instanceof ApiError
      ? thrown
      : new ApiError('InternalError', 'an internal error happened; see the output of the server', 500);
  const content = { Code: error.type, Message: error.message, Resource: resource, RequestId: requestId };
  return {
    status: error.status,
    headers: {
      'content-type': 'application/xml',
      ...(error.status === 405 && { allow: 'GET, HEAD' }),
      ...error.details,
    },
    body: xmlDocument('Error', undefined, content),
  };
}
