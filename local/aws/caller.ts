/** Who a request is from. A role belongs to an access key; without configured credentials everybody is the engineer. */
/** What a key may see; `lake/grants.ts` says it. */
export type Role = 'engineer' | 'analyst' | 'writer';

export interface Caller {
  role: Role;
  /** Of the key that signed the request, or was named in it where signatures are not checked. */
  accessKeyId?: string;
}
