/** Whether the deployer may grant in Lake Formation (Lake Formation developer guide, "Data lake administrators"). */
import { Fault } from '../errors.ts';

/** A Fault that names the command that mends it, unless `deployer` is among the administrators. */
export function missingAdmin(admins: readonly string[], deployer: string, stage: string): Fault | undefined {
  if (admins.includes(deployer)) return undefined;
  return new Fault(
    `${deployer} is no data lake administrator of this account, so Lake Formation would refuse its grants. ` +
      `Run: npm run doctor -- --stage ${stage} --make-me-admin ` +
      '(it adds you to the administrators and touches nobody else). Where IAM alone shall decide who reads ' +
      'the tables, set governed: false in stacks/stages.ts instead.',
  );
}
