/** What the API and its functions may do, and what its access log tells. */
import { allow, type Policy, policy, type Statement } from './policy.ts';

/** Where the stream is, and the key that encrypts it. */
export interface StreamPlace {
  region: string;
  streamArn: string;
  keyArn: string;
}

/** The API puts records into our stream and describes it, and no other. */
export function gatewayPolicy(at: StreamPlace): Policy {
  const actions = ['DescribeStream', 'DescribeStreamSummary', 'PutRecord', 'PutRecords'];
  return policy([
    allow(
      actions.map((action) => `kinesis:${action}`),
      [at.streamArn],
    ),
    encrypt(at),
  ]);
}

/** The collecting function puts records. */
export function collectPolicy(at: StreamPlace): Policy {
  return policy([allow(['kinesis:PutRecords'], [at.streamArn]), encrypt(at)]);
}

/** Whoever writes to an encrypted stream must be able to make data keys (Kinesis, "Permissions to use KMS keys"). */
function encrypt({ region, keyArn }: StreamPlace): Statement {
  return allow(['kms:GenerateDataKey'], [keyArn], {
    StringEquals: { 'kms:ViaService': `kinesis.${region}.amazonaws.com` },
  });
}

/**
 * A line of the access log (API Gateway, "Variables for access logging"): no bodies, no keys, and no addresses or
 * user agents, which are personal data; where a firewall is on, it counts by address.
 */
export function accessLogFormat(): string {
  return JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    method: '$context.httpMethod',
    path: '$context.resourcePath',
    status: '$context.status',
    key: '$context.authorizer.key',
    responseLength: '$context.responseLength',
    responseLatency: '$context.responseLatency',
    integrationLatency: '$context.integrationLatency',
    integrationStatus: '$context.integration.status',
    error: '$context.error.responseType',
    authorizerStatus: '$context.authorizer.status',
    waf: '$context.wafResponseCode',
  });
}
