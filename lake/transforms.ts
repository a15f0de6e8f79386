/** Iceberg partition transforms (spec, "Partition Transforms" and "Appendix B: 32-bit Hash Requirements"). */

/**
 * A value in Iceberg's internal representation: int and date (days) are numbers; long, timestamp (µs), time (µs)
 * and decimal (unscaled) are bigint; float and double numbers; string and uuid text; binary and fixed bytes.
 */
export type Value = boolean | number | bigint | string | Uint8Array;
