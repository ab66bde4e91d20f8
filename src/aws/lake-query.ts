import { CloudTrailClient, DescribeQueryCommand } from '@aws-sdk/client-cloudtrail';
import { isRegionName } from '../base/names.ts';
import { failureName } from './failure.ts';
import { refusalOf } from './identity.ts';
import { countOf, fieldsOf, textOf } from './network/fields.ts';
import { isAwsRegion } from './network/hosts.ts';
import type { AwsSession } from './session.ts';

/** What CloudTrail Lake says of one query. It is AWS's word, and unsigned. */
export interface LakeQuery {
  readonly text: string | null;
  /** Such as FINISHED. */
  readonly status: string | null;
  /** Where its results were to be saved, `s3://bucket[/prefix]`; null for nowhere. */
  readonly deliveredTo: string | null;
  /** Such as SUCCESS. */
  readonly deliveryStatus: string | null;
  readonly bytesScanned: number | null;
  readonly eventsScanned: number | null;
  readonly eventsMatched: number | null;
}

/** The answer on one query: what is known, that nothing is known of it any more, or in words why it was refused. */
export type LakeQueryAnswer =
  | { readonly query: LakeQuery }
  | { readonly query: undefined; readonly refusal?: string | undefined };

/** Errors that say that there is no such query, or none any more: Lake forgets queries after seven days. */
const UNKNOWN: ReadonlySet<string> = new Set(['QueryIdNotFoundException']);
/** A statement has at most 10,000 characters (API reference, StartQuery). */
const LONGEST_TEXT = 10_000;

/** What CloudTrail says of the query of that id in a Region. A refusal is returned; only CREDENTIALS is thrown. */
export async function describeLakeQuery(
  session: AwsSession,
  region: string,
  queryId: string,
): Promise<LakeQueryAnswer> {
  const settings = isRegionName(region) ? await session.clientSettings('CLOUDTRAIL', region) : undefined;
  if (settings === undefined || (settings.endpoint === undefined && !isAwsRegion(region)))
    return { query: undefined, refusal: 'there is no such Region' };
  const client = new CloudTrailClient(settings);
  try {
    const answer = await client.send(new DescribeQueryCommand({ QueryId: queryId }));
    const { QueryString, QueryStatus, DeliveryS3Uri, DeliveryStatus, QueryStatistics } = fieldsOf(answer);
    const statistics = fieldsOf(QueryStatistics);
    return {
      query: {
        text: textOf(QueryString)?.slice(0, LONGEST_TEXT) ?? null,
        status: textOf(QueryStatus)?.slice(0, LONGEST_TEXT) ?? null,
        deliveredTo: textOf(DeliveryS3Uri)?.slice(0, LONGEST_TEXT) ?? null,
        deliveryStatus: textOf(DeliveryStatus)?.slice(0, LONGEST_TEXT) ?? null,
        bytesScanned: countOf(statistics.BytesScanned) ?? null,
        eventsScanned: countOf(statistics.EventsScanned) ?? null,
        eventsMatched: countOf(statistics.EventsMatched) ?? null,
      },
    };
  } catch (error) {
    if (UNKNOWN.has(failureName(error))) return { query: undefined };
    return { query: undefined, refusal: await refusalOf(session, region, error) };
  } finally {
    client.destroy();
  }
}
