/** What the buckets refuse, whatever other policies of the account allow. */
import type { Statement } from './policy.ts';
import { bucket } from './statements.ts';

/** Bytes are read and written over TLS only (S3 user guide, "aws:SecureTransport"). */
export function secureTransport(bucketArn: string): Statement {
  return {
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:*'],
    Resource: bucket(bucketArn),
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

/**
 * Whatever other policies allow in the account, only these principals read, write and delete the tables' files:
 * everybody else goes through Lake Formation, whose registrar is one of them.
 */
export function onlyThrough(bucketArn: string, principals: readonly string[]): Statement {
  return {
    Sid: 'NoPathAroundTheGrants',
    Effect: 'Deny',
    Principal: '*',
    Action: [
      's3:GetObject',
      's3:GetObjectVersion',
      's3:PutObject',
      's3:DeleteObject',
      's3:DeleteObjectVersion',
    ],
    Resource: [`${bucketArn}/*`],
    Condition: { ArnNotLike: { 'aws:PrincipalArn': principals } },
  };
}
