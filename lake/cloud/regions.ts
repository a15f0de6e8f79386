/**
 * Where Firehose delivers into no Iceberg tables (Firehose developer guide, "Considerations and limitations for Apache
 * Iceberg Tables", read in November 2026): a deployment there would fail half made.
 */
import { Fault } from '../errors.ts';

const without: Readonly<Record<string, string>> = {
  'ap-east-2': 'Taipei',
  'ap-southeast-5': 'Malaysia',
  'ap-southeast-6': 'New Zealand',
  'mx-central-1': 'Mexico',
};

/** A Fault that says what to do, where the pipeline has no middle. */
export function missingFirehose(region: string): Fault | undefined {
  const place = /^(cn|us-gov)-/.test(region) ? region : without[region];
  if (place === undefined) return undefined;
  return new Fault(
    `Firehose delivers into no Iceberg tables in ${region} (${place}), so nothing can be deployed there: choose another region, AWS_REGION=<region>. ` +
      'Should AWS offer it by now, take the region out of lake/cloud/regions.ts.',
  );
}
