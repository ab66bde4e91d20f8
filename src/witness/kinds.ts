/** Who else has copies of events: the event history of CloudTrail, the log group of a trail, CloudTrail Lake. */
export const WITNESSES = ['event-history', 'cloudwatch-logs', 'lake'] as const;
/** One of them. */
export type WitnessKind = (typeof WITNESSES)[number];
