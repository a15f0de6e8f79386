/**
 * Off by default: delivery streams that take records by themselves (PutRecordBatch), for Fluent Bit, the Kinesis
 * Agent and whatever else speaks Firehose, into the same tables and at the price of Firehose alone.
 *
 * One only ever adds rows, and Firehose scales it. Whether a stream may replace rows is settled when it is made, so
 * that contracts which upsert get a second one, and the first stays what it is: it rejects their records.
 */
import type { Places } from '../lake/cloud/statements.ts';
import type { Buckets } from './buckets.ts';
import { type DeliveryRole, deliveryRole, deliveryStream } from './delivery.ts';
import type { LambdaFunction } from './functions.ts';
import type { Stage } from './stage.ts';
import { transformFunction } from './transform.ts';

export interface DirectRoles {
  direct?: DeliveryRole;
  directUpserts?: DeliveryRole;
}

export interface Direct {
  /** Of the streams. */
  names: string[];
  /** Those that no other stream has. */
  transforms: LambdaFunction[];
}

export function directRoles(stage: Stage, places: $util.Output<Places>, upserts: boolean): DirectRoles {
  if (!stage.settings.directPut) return {};
  return {
    direct: deliveryRole(stage, 'Direct', places),
    ...(upserts && { directUpserts: deliveryRole(stage, 'DirectUpserts', places) }),
  };
}

/** `transform`: one that writes rows of all tables, where none replaces others. `migrated`: before code of our own. */
export function directStreams(
  stage: Stage,
  storage: Buckets,
  key: aws.kms.Key,
  places: $util.Output<Places>,
  { direct, directUpserts }: DirectRoles,
  transform: LambdaFunction,
  { migrated, after }: { migrated: $util.Resource; after: $util.Resource[] },
): Direct {
  const { names } = stage;
  if (direct === undefined) return { names: [], transforms: [] };
  const adding =
    directUpserts &&
    transformFunction(stage, 'DirectTransform', { writes: 'append', othersGoTo: names.directUpserts }, [
      migrated,
    ]);
  deliveryStream(stage, 'Direct', storage, key, places, {
    name: names.direct,
    role: direct.role,
    transform: adding ?? transform,
    appendOnly: true,
    after,
  });
  if (adding === undefined || directUpserts === undefined) return { names: [names.direct], transforms: [] };
  const replacing = transformFunction(stage, 'DirectUpsertsTransform', { writes: 'all' }, [migrated]);
  deliveryStream(stage, 'DirectUpserts', storage, key, places, {
    name: names.directUpserts,
    role: directUpserts.role,
    transform: replacing,
    appendOnly: false,
    after,
  });
  return { names: [names.direct, names.directUpserts], transforms: [adding, replacing] };
}
