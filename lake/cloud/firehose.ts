/** Parameters of the processor that calls the transform (Firehose API, "ProcessorParameter"). */
import type { CloudSettings } from './settings.ts';

/**
 * Firehose forgets parameters that equal its defaults (3 retries, 60 seconds), and every deployment would then
 * want to set them again: those are left out.
 */
export function processorParameters(
  settings: CloudSettings,
): { parameterName: string; parameterValue: string }[] {
  return [
    { parameterName: 'NumberOfRetries', value: settings.transformRetries, fallback: 3 },
    { parameterName: 'BufferIntervalInSeconds', value: settings.transformSeconds, fallback: 60 },
  ]
    .filter(({ value, fallback }) => value !== fallback)
    .map(({ parameterName, value }) => ({ parameterName, parameterValue: String(value) }));
}
