/** What stages set otherwise than lake/cloud/settings.ts has it. A stage that is not named has the defaults. */
import type { CloudSettings } from '../lake/cloud/settings.ts';

export const stages: Readonly<Record<string, Partial<CloudSettings>>> = {
  prod: { alarms: true, firewall: true, logDays: 365, budgetUsd: 500 },
};
