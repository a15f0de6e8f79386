/** Who a request is from. A role belongs to an access key; without any keys everybody is the engineer. */
import type { Role } from '../../lake/grants.ts';

export type { Role } from '../../lake/grants.ts';

export interface Caller {
  role: Role;
  /** Of the key that signed the request, or that it names where signatures are not checked. */
  accessKeyId?: string;
}
