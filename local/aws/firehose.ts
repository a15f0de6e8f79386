/**
 * Amazon Data Firehose (API reference, 2015-08-04): the delivery stream that the Kinesis stream feeds, which refuses
 * puts, and one for direct puts. Both lead through the same transform into the same tables.
 */
import { localDirectStream, type Settings } from '../../lake/settings.ts';
import type { Pieces } from '../log/frame.ts';
import { directRecordId } from '../log/shards.ts';
import { forRoles, withInvalidAs } from './access.ts';
import {
  blob,
  invalid,
  optionalInteger,
  optionalText,
  requiredText,
  structure,
  structures,
} from './input.ts';
import { ApiError, type Input, type Operation, type Operations } from './json11.ts';
import { putError } from './kinesis-put.ts';

/** What puts go to, and who it is. */
export interface DirectPuts {
  /** Of the Kinesis stream; the delivery stream after it has the same name. */
  readonly name: string;
  readonly arn: string;
  readonly log: { id: string; createdMs: number };
  /** Answers the place of the first record. Rejects with PutRefused. */
  putDirect(records: readonly Pieces[]): Promise<number>;
}

export interface FirehoseNames {
  settings: Settings;
  /** ARN of a resource of Firehose's. */
  arn(resource: string): string;
  role: string;
  catalog: string;
  transform: string;
}

/** Limits of a put (Firehose API reference, "PutRecordBatch"). */
const recordBytes = 1000 * 1024;
const batchBytes = 4 * 1024 * 1024;
const batchRecords = 500;

export function firehoseOperations(stream: DirectPuts, names: FirehoseNames): Operations {
  const types = { [localDirectStream]: 'DirectPut', [stream.name]: 'KinesisStreamAsSource' };

  function knownStream(input: Input): string {
    const name = requiredText(input, 'DeliveryStreamName', { max: 64 });
    if (Object.hasOwn(types, name)) return name;
    const known = Object.keys(types).join(' and ');
    throw new ApiError('ResourceNotFoundException', `Firehose ${name} not found; there are ${known}.`);
  }

  /** Throws unless puts may go to the delivery stream that is named. */
  function checkPuts(input: Input): void {
    const type = types[knownStream(input)];
    if (type === 'DirectPut') return;
    const message = `This operation is not permitted on ${type} delivery stream type; put to ${localDirectStream}.`;
    throw new ApiError('InvalidArgumentException', message);
  }

  const describing: Record<string, Operation> = {
    ListDeliveryStreams: (input) => {
      const limit = optionalInteger(input, 'Limit', 1, 10_000) ?? 10;
      const type = optionalText(input, 'DeliveryStreamType');
      const after = optionalText(input, 'ExclusiveStartDeliveryStreamName', { max: 64 }) ?? '';
      const all = Object.keys(types).filter((name) => type === undefined || types[name] === type);
      const left = all.filter((name) => name > after).sort();
      return { DeliveryStreamNames: left.slice(0, limit), HasMoreDeliveryStreams: left.length > limit };
    },
    DescribeDeliveryStream: (input) => {
      const name = knownStream(input);
      return { DeliveryStreamDescription: describe(name, types[name]!, stream, names) };
    },
  };

  const putting: Record<string, Operation> = {
    async PutRecord(input) {
      checkPuts(input);
      const data = recordData(structure(input, 'Record'), 'Record.');
      try {
        const first = await stream.putDirect([[data]]);
        return { RecordId: directRecordId(stream.log.id, first), Encrypted: false };
      } catch (error) {
        throw unavailable(error);
      }
    },
    async PutRecordBatch(input) {
      checkPuts(input);
      const entries = structures(input, 'Records', 1, batchRecords);
      const records = entries.map((entry, i) => recordData(entry, `Records[${i}].`));
      const size = records.reduce((sum, { length }) => sum + length, 0);
      if (size > batchBytes) {
        const message = `Records hold ${size} bytes; the limit of a call is ${batchBytes}`;
        throw new ApiError('InvalidArgumentException', message);
      }
      try {
        const first = await stream.putDirect(records.map((data) => [data]));
        const ids = records.map((_, i) => ({ RecordId: directRecordId(stream.log.id, first + i) }));
        return { FailedPutCount: 0, Encrypted: false, RequestResponses: ids };
      } catch (error) {
        const { type: ErrorCode, message: ErrorMessage } = unavailable(error);
        const failed = records.map(() => ({ ErrorCode, ErrorMessage }));
        return { FailedPutCount: failed.length, Encrypted: false, RequestResponses: failed };
      }
    },
  };

  return forRoles(['engineer', 'writer'], {
    ...named('InvalidArgumentException', describing),
    ...named('ValidationException', putting),
  });
}

/** By target; what is invalid has this name. */
function named(invalidType: string, operations: Record<string, Operation>): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      `Firehose_20150804.${name}`,
      withInvalidAs(invalidType, operation),
    ]),
  );
}

function recordData(record: Input, at: string): Buffer {
  const data = blob(record, 'Data');
  if (data.length <= recordBytes) return data;
  throw invalid(`${at}Data has ${data.length} bytes; the limit is ${recordBytes}`);
}

/** Why a put is not in the log, as Firehose tells it. Throws what is no refusal. */
function unavailable(error: unknown): ApiError {
  return new ApiError('ServiceUnavailableException', putError(error).message, 503);
}

/** `DeliveryStreamDescription`: what the settings say, as an Iceberg destination. */
function describe(name: string, type: string, stream: DirectPuts, names: FirehoseNames): object {
  const { settings, role, catalog, transform } = names;
  const created = Math.floor(stream.log.createdMs / 1000);
  const source = { KinesisStreamARN: stream.arn, RoleARN: role, DeliveryStartTimestamp: created };
  const parameters = { LambdaArn: transform, NumberOfRetries: String(settings.transformRetries) };
  return {
    DeliveryStreamName: name,
    DeliveryStreamARN: names.arn(`deliverystream/${name}`),
    DeliveryStreamStatus: 'ACTIVE',
    DeliveryStreamType: type,
    VersionId: '1',
    CreateTimestamp: created,
    ...(type === 'KinesisStreamAsSource' && { Source: { KinesisStreamSourceDescription: source } }),
    Destinations: [
      {
        DestinationId: 'destinationId-000000000001',
        IcebergDestinationDescription: {
          RoleARN: role,
          CatalogConfiguration: { CatalogARN: catalog },
          BufferingHints: {
            IntervalInSeconds: Math.ceil(settings.bufferMs / 1000),
            SizeInMBs: settings.bufferMiB,
          },
          S3BackupMode: 'FailedDataOnly',
          ProcessingConfiguration: {
            Enabled: true,
            Processors: [
              {
                Type: 'Lambda',
                Parameters: Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
                  ParameterName,
                  ParameterValue,
                })),
              },
            ],
          },
        },
      },
    ],
    HasMoreDestinations: false,
  };
}
