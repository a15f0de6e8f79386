/** Another role's credentials, for a client that asks in its name. */
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { Fault } from '../../lake/errors.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** When the client asks for others. */
  expiration: Date;
}

/**
 * What AWS clients take for credentials: a function, called again when these expire. Throws a Fault that names the
 * role and AWS's reason.
 */
export function credentialsOf(RoleArn: string, sts: Pick<STSClient, 'send'>): () => Promise<Credentials> {
  return async () => {
    const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'firn-query' });
    const { Credentials: given } = await sts.send(command).catch((error: Error) => {
      throw new Fault(
        `the role ${RoleArn} cannot be taken (${error.message}): your own policy must allow sts:AssumeRole on it`,
      );
    });
    return {
      accessKeyId: given!.AccessKeyId!,
      secretAccessKey: given!.SecretAccessKey!,
      sessionToken: given!.SessionToken!,
      expiration: given!.Expiration!,
    };
  };
}

export function openSts(region: string): STSClient {
  return new STSClient({ region });
}
