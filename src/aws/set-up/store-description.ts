/** What an event data store of CloudTrail Lake keeps, as AWS says it. */
import { CloudTrailClient, GetEventDataStoreCommand } from '@aws-sdk/client-cloudtrail';
import type { EventDataStore } from '../event-data-store.ts';
import { AnswerNotUnderstoodError } from '../failure.ts';
import { refusalOf } from '../identity.ts';
import { countOf, fieldsOf } from '../network/fields.ts';
import { noteForeign } from '../network/foreign.ts';
import { isAwsRegion } from '../network/hosts.ts';
import type { AwsSession } from '../session.ts';
import type { FieldSelector } from '../trail-description.ts';
import { readFieldSelectors } from './event-selectors.ts';

/** What a store keeps. */
export interface StoreFacts {
  /** The events that come to it, as its selectors are now: any of these lists, each field of it. */
  readonly selectors: readonly (readonly FieldSelector[])[];
  /** Whether it has events of other Regions than its own, and of other accounts of the organization. */
  readonly isOfAllRegions: boolean;
  readonly isOfOrganization: boolean;
  readonly retentionDays: number;
}

/** The facts, or in words why they were not given; and the endpoint that answered, where it is not AWS's own. */
export type StoreAnswer = { readonly foreign?: string | undefined } & (
  | { readonly facts: StoreFacts; readonly refusal?: undefined }
  | { readonly facts?: undefined; readonly refusal: string }
);

/** Asks what a store keeps. A refusal is returned; only CREDENTIALS is thrown. */
export async function describeEventDataStore(
  session: AwsSession,
  { arn, region }: Pick<EventDataStore, 'arn' | 'region'>,
): Promise<StoreAnswer> {
  const settings = await session.clientSettings('CLOUDTRAIL', region);
  if (settings.endpoint === undefined && !isAwsRegion(region)) return { refusal: 'there is no such Region' };
  const client = new CloudTrailClient(settings);
  const foreign = noteForeign(client, region);
  try {
    const facts = readFacts(await client.send(new GetEventDataStoreCommand({ EventDataStore: arn })), arn);
    return { facts, foreign: foreign() };
  } catch (error) {
    return { refusal: await refusalOf(session, region, error), foreign: foreign() };
  } finally {
    client.destroy();
  }
}

function readFacts(answer: unknown, arn: string): StoreFacts {
  const {
    EventDataStoreArn,
    AdvancedEventSelectors,
    MultiRegionEnabled,
    OrganizationEnabled,
    RetentionPeriod,
  } = fieldsOf(answer);
  const retentionDays = countOf(RetentionPeriod);
  const selectors = readFieldSelectors(AdvancedEventSelectors);
  const isKnown =
    EventDataStoreArn === arn &&
    typeof MultiRegionEnabled === 'boolean' &&
    typeof OrganizationEnabled === 'boolean' &&
    retentionDays !== undefined &&
    retentionDays > 0 &&
    // Without any it would keep nothing, and lack nothing.
    selectors.length > 0;
  if (!isKnown) throw new AnswerNotUnderstoodError('it does not describe an event data store');
  return {
    selectors,
    isOfAllRegions: MultiRegionEnabled,
    isOfOrganization: OrganizationEnabled,
    retentionDays,
  };
}
