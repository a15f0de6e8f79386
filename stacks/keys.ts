/** The stage's own key: it encrypts the stream, the tables and what could not be delivered. */
import type { Stage } from './stage.ts';

export function encryptionKey({ names, keep }: Stage): aws.kms.Key {
  const key = new aws.kms.Key(
    'Key',
    {
      description: `Firn ${names.base}: stream and tables`,
      enableKeyRotation: true,
      deletionWindowInDays: 7,
    },
    keep,
  );
  new aws.kms.Alias('KeyAlias', { name: `alias/${names.base}`, targetKeyId: key.keyId });
  return key;
}
