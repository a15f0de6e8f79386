/** What the protocols allow, apart from the table of routes: the transform needs these alone. */

/** Calls of Segment's spec; each is one kind of message. */
export const segmentTypes = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
export type SegmentType = (typeof segmentTypes)[number];

export const collectLimits = {
  /** Of one Segment message (Segment, "HTTP API Source", "Max request size"). A larger one in a batch is rejected alone. */
  eventBytes: 32 * 1024,
  /** Of a Segment batch. */
  batchBytes: 500 * 1024,
  /** Of the body of `/collect` (Clickstream Analytics on AWS, "HTTP API"), as it came and as it is unpacked. */
  clickstreamBytes: 1024 * 1024,
  cloudEventsBytes: 1024 * 1024,
  metricsBytes: 64 * 1024,
  /** Events of one request, whatever its protocol. */
  events: 2500,
  /** Of all records of one request, envelopes included: what a batch says for all its messages is in each. */
  requestBytes: 10 * 1024 * 1024,
} as const;
