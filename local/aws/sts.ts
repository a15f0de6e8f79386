/** STS: who am I (AWS Security Token Service API reference, 2011-06-15). */
import type { QueryService } from './query.ts';

export function stsService(account: string): QueryService {
  return {
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: {
      GetCallerIdentity: (_, { role, accessKeyId }) => ({
        Arn: `arn:aws:iam::${account}:user/firn-${role}`,
        UserId: accessKeyId ?? `firn-${role}`,
        Account: account,
      }),
    },
  };
}
