/** A report held against CloudTrail Lake: an event data store that is asked, and query results that were verified. */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditTrail } from '../../fixtures/scenario.ts';
import { DAY, isoTime } from '../../src/base/clock.ts';
import type { CorroborationDocument } from '../../src/witness/document.ts';
import type { EventDataStoreData, LakeEntry } from '../support/aws-server/options.ts';
import { corroborationBench, ids, idsOf } from '../support/corroboration-run.ts';
import { deleteObject, flipContentBit } from '../support/damage.ts';
import { eventsOf, idsIn } from '../support/event-history.ts';
import type { DeliveredLog } from '../support/test-digest.ts';
import { deliverResults } from '../support/test-lake.ts';

const ID = '7b1b0a8a-1111-2222-3333-444455556666';
const ARN = `arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/${ID}`;
const ASKED = ['--with', 'lake', '--event-data-store', ARN] as const;

const bench = corroborationBench();
beforeEach(() => hold(eventsOf(bench.trail.logFiles)));

/** Gives the event data store these events. */
function hold(events: readonly LakeEntry[], more: Partial<EventDataStoreData> = {}): void {
  bench.options.eventDataStores = { [ID]: { account: '111122223333', region: 'us-east-1', events, ...more } };
}

const codes = (document: CorroborationDocument | undefined): readonly string[] =>
  (document?.limits ?? []).map(({ code }) => code);
const count = (text: string, part: string): number => text.split(part).length - 1;

describe('an event data store', () => {
  test('recovers what a missing log file held, and its price is said before', async () => {
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    const { exitCode, error, out, document, recovered, unlogged } = await bench.corroborate(...ASKED);
    expect(exitCode).toBe(1);
    expect(document?.result).toBe('recovered');
    expect(ids(recovered)).toEqual(idsIn(bench.logAt(5)));
    expect(recovered[0]?.witness).toBe('lake');
    expect(unlogged).toEqual([]);
    expect(document?.witnesses[0]).toMatchObject({ kind: 'lake', refused: 0, differing: 0 });
    expect(document?.witnesses[0]?.matched).toBeGreaterThan(0);
    expect(codes(document)).toEqual([
      'WITNESS_UNSIGNED',
      'WITNESS_SELECTS_EVENTS',
      'WITNESS_CHARGES',
      'WITNESS_ENDPOINT',
      'WITNESS_NEWEST_NOT_ASKED',
    ]);
    expect(count(error, 'CloudTrail Lake charges for each query by the bytes that it scans')).toBe(1);
    expect(out).toContain('RECOVERED');
  });

  test('with nothing to ask starts no query, and names no price', async () => {
    expect(await bench.verify()).toBe(0);
    bench.server.requests.length = 0;
    const { exitCode, error, document } = await bench.corroborate(...ASKED);
    expect(exitCode).toBe(0);
    expect(document?.result).toBe('nothing-to-ask');
    expect(error).toBe('');
    expect(bench.server.requests.map(({ operation }) => operation)).not.toContain('StartQuery');
  });

  test('and the event history are asked one after the other', async () => {
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    const { document, recovered } = await bench.corroborate(
      '--with',
      'event-history,lake',
      '--event-data-store',
      ARN,
    );
    expect(document?.witnesses.map(({ kind }) => kind)).toEqual(['event-history', 'lake']);
    expect(document?.result).toBe('recovered');
    expect(ids(recovered)).toEqual([...idsOf([bench.logAt(5)]), ...idsIn(bench.logAt(5))].sort());
    expect(document?.recovered?.events).toBe(idsIn(bench.logAt(5)).length);
  });

  test('agrees with a whole trail; what it added to events is no difference, and what it changed is one', async () => {
    expect(await bench.verify()).toBe(0);
    const changed = eventsOf(bench.trail.logFiles).map((one, at) => {
      const record = JSON.parse(one.text);
      record.eventContext = { tagContext: { resourceTags: [] } };
      if (at === 0) record.sourceIPAddress = '203.0.113.9';
      return { ...one, text: JSON.stringify(record) };
    });
    hold(changed);
    const { exitCode, document } = await bench.corroborate(...ASKED, '--all');
    expect(exitCode).toBe(3);
    expect(document?.result).toBe('unproven');
    expect(document?.findings).toHaveLength(1);
    expect(document?.findings[0]).toMatchObject({
      code: 'EVENT_DIFFERS',
      witness: 'lake',
      fields: [{ path: 'sourceIPAddress', witness: '"203.0.113.9"' }],
    });
  });

  const category = (name: string, ...more: readonly object[]) => ({
    AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: [name] }, ...more] }],
  });
  const some = (): readonly LakeEntry[] => eventsOf(bench.trail.logFiles).slice(1);
  const ofCategory = (name: string): readonly LakeEntry[] =>
    eventsOf(bench.trail.logFiles).filter(({ text }) => JSON.parse(text).eventCategory === name);

  test.each<readonly [string, () => readonly LakeEntry[], Partial<EventDataStoreData>, number]>([
    ['has nothing', () => [], {}, 3],
    ['lacks one event', some, {}, 3],
    ['has all', () => eventsOf(bench.trail.logFiles), {}, 0],
    [
      'has the management events that it selects',
      () => ofCategory('Management'),
      { description: category('Management') },
      0,
    ],
    [
      'has none of the data events that it selects',
      () => ofCategory('Management'),
      { description: category('Data') },
      3,
    ],
    [
      'has no data events, which it selects by resource',
      () => [],
      { description: category('Data', { Field: 'resources.type', Equals: ['AWS::DynamoDB::Table'] }) },
      0,
    ],
  ])('that %s', async (_, events, more, code) => {
    expect(await bench.verify()).toBe(0);
    hold(events(), more);
    const { exitCode, document } = await bench.corroborate(...ASKED, '--all');
    expect(exitCode).toBe(code);
    expect(document?.result).toBe(code === 0 ? 'nothing-recovered' : 'incomplete');
    expect(codes(document).includes('WITNESS_LACKS_EVENTS')).toBe(code !== 0);
  });

  test.each<readonly [string, object]>([
    ['the event data store keeps events for 1 day', { RetentionPeriod: 1 }],
    ['what the event data store keeps is not known: it', { MultiRegionEnabled: 'yes' }],
    ['what the event data store keeps is not known: it', { AdvancedEventSelectors: [] }],
    ['what the event data store keeps is not known: it', { AdvancedEventSelectors: { length: 1 } }],
    [
      'what the event data store keeps is not known: it',
      { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 7 }] }] },
    ],
    [
      'what the event data store keeps is not known: it',
      { EventDataStoreArn: 'arn:aws:cloudtrail:us-east-1:1:x' },
    ],
  ])('has not answered where %s', async (words, description) => {
    expect(await bench.verify()).toBe(0);
    hold(eventsOf(bench.trail.logFiles), { description: { ...description } });
    const { exitCode, document } = await bench.corroborate(
      ...ASKED,
      '--all',
      '--now',
      isoTime(bench.now() + 2 * DAY),
    );
    expect(exitCode).toBe(3);
    expect(document?.witnesses[0]?.places[0]?.refusal).toContain(words);
  });

  test('of one Region or account has not answered for others', async () => {
    const elsewhere = auditTrail(6, { store: bench.store, region: 'eu-west-1' }).trail;
    expect(await bench.verify()).toBe(0);
    const all = eventsOf([...bench.trail.logFiles, ...elsewhere.logFiles]);
    hold(all, { description: { MultiRegionEnabled: false } });
    const region = await bench.corroborate(...ASKED, '--all');
    expect(region.exitCode).toBe(3);
    expect(region.document?.witnesses[0]?.places.map(({ refusal }) => refusal)).toEqual([
      'the event data store keeps events of us-east-1 alone',
      undefined,
    ]);
    const owner = '999988887777';
    bench.options.eventDataStores = {
      [ID]: { account: owner, region: 'us-east-1', events: all, description: { OrganizationEnabled: false } },
    };
    const asked = ['--with', 'lake', '--event-data-store', ARN.replace('111122223333', owner)];
    const account = await bench.corroborate(...asked, '--all', '--output', 'other');
    expect(account.exitCode).toBe(3);
    expect(account.out).toContain(`keeps events of account ${owner} alone`.slice(0, 20));
  });

  test.each([
    [{ statuses: ['FAILED'], errorMessage: 'Column \u001b[31m eventjson' }, 'the query failed: Column'],
    [{ statuses: ['CANCELLED'] }, 'the query was cancelled (CANCELLED)'],
    [{ total: 1000 }, 'of 1000 rows'],
  ])('whose query came to %j has not answered', async (more, words) => {
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    hold(eventsOf(bench.trail.logFiles), more);
    const { exitCode, document, out } = await bench.corroborate(...ASKED);
    expect(exitCode).toBe(1);
    expect(document?.result).toBe('incomplete');
    expect(document?.witnesses[0]?.places[0]?.refusal).toContain(words);
    expect(out).toContain(words.slice(0, 15));
    expect(out).not.toContain('\u001b[31m');
  });

  test('that is refused, or is not there, has not answered', async () => {
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    bench.options.deny = new Set(['cloudtrail:GetEventDataStore']);
    const undescribed = await bench.corroborate(...ASKED, '--output', 'undescribed');
    expect(undescribed.document?.result ?? undescribed.out).toContain('INCOMPLETE');
    expect(undescribed.out.replace(/\s+/g, ' ')).toContain('what the event data store keeps is not known');
    bench.options.deny = new Set(['cloudtrail:StartQuery']);
    const denied = await bench.corroborate(...ASKED);
    expect(denied.document?.witnesses[0]?.places[0]?.refusal).toContain('AccessDenied');
    bench.options.deny = new Set();
    bench.options.eventDataStores = {};
    const gone = await bench.corroborate(...ASKED, '--output', 'gone');
    expect(gone.exitCode).toBe(1);
    expect(gone.out).toContain('EventDataStoreNotFoundException');
  });

  test('that is hostile decides nothing', async () => {
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    const [genuine] = eventsOf([bench.logAt(5)]);
    if (genuine === undefined) throw new Error('the log file has no event');
    const other = (changes: object, more: Partial<LakeEntry> = {}): LakeEntry => ({
      ...genuine,
      text: JSON.stringify({ ...JSON.parse(genuine.text), ...changes }),
      ...more,
    });
    hold([
      { ...genuine, cells: [] },
      { ...genuine, cells: [{ eventID: genuine.id }, { eventJson: '{"eventID":' }] },
      other({}, { id: 'another-id' }),
      other(
        { eventID: 'of-another-account', recipientAccountId: '999988887777' },
        { id: 'of-another-account' },
      ),
      other({ eventID: 'huge', userAgent: 'x'.repeat(1 << 20) }, { id: 'huge' }),
      { ...genuine, id: 'deep', text: `{"eventID":"deep","a":${'['.repeat(9999)}${']'.repeat(9999)}}` },
      other({ eventID: 'e-1', eventName: '\u001b[31mDelete\u202eAll' }, { id: 'e-1' }),
    ]);
    const { exitCode, out, document, recovered } = await bench.corroborate(...ASKED);
    expect(exitCode).toBe(1);
    expect(document?.witnesses[0]).toMatchObject({ events: 1, refused: 6, recovered: 1 });
    expect(ids(recovered)).toEqual(['e-1']);
    for (const letter of ['\u001b', '\u202e']) expect(out).not.toContain(letter);
    expect(readFileSync('witness/recovered.jsonl', 'latin1')).not.toMatch(/[^\n -~]/);
    expect(codes(document)).toContain('WITNESS_REFUSED_EVENTS');
  });

  test.each([
    [['--with', 'lake', '--event-data-store', 'my-store'], 'is not the ARN of an event data store'],
    [['--with', 'lake', '--event-data-store', `${ARN}' OR '1'='1`], 'is not the ARN of an event data store'],
    [['--event-data-store', ARN], '--event-data-store is for the witness lake alone'],
    [['--with', 'lake'], 'the report has no query results of CloudTrail Lake that are valid'],
  ])('%j is a wrong use', async (args, words) => {
    await bench.verify();
    const { exitCode, error, document } = await bench.corroborate(...args);
    expect(exitCode).toBe(2);
    expect(error).toContain(words);
    expect(document).toBeUndefined();
  });
});

describe('query results', () => {
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const csvOf = (logs: readonly DeliveredLog[]): string =>
    ['"eventID","eventJson"', ...eventsOf(logs).map(({ id, text }) => `${cell(id)},${cell(text)}`), ''].join(
      '\n',
    );
  const deliver = (...results: readonly string[]) => {
    const delivered = deliverResults(bench.store, { completed: bench.trail.end, results });
    return delivered.files;
  };

  test('that are verified recover what a missing log file held, and nobody is asked', async () => {
    deliver(csvOf([bench.logAt(5)]), csvOf(bench.trail.logFiles.filter((log) => log !== bench.logAt(5))));
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    bench.server.requests.length = 0;
    const { exitCode, error, document, recovered, unlogged } = await bench.corroborate('--with', 'lake');
    expect(exitCode).toBe(1);
    expect(document?.result).toBe('recovered');
    expect(ids(recovered)).toEqual(idsIn(bench.logAt(5)));
    expect(unlogged).toEqual([]);
    expect(document?.witnesses[0]).toMatchObject({ kind: 'lake', lacking: 0, refused: 0 });
    expect(document?.witnesses[0]?.matched).toBeGreaterThan(0);
    expect(codes(document)).toEqual([
      'WITNESS_SIGNED_AS_ANSWER',
      'WITNESS_HOLDS_WHAT_WAS_ASKED',
      'WITNESS_NEWEST_NOT_ASKED',
    ]);
    expect(error).toBe('');
    // What the trail leaves out is asked of itself.
    const asked = bench.server.requests.filter(({ service }) => service === 'cloudtrail');
    for (const { operation } of asked)
      expect(operation).toMatch(/^(?:DescribeTrails|GetTrailStatus|ListTags|GetEventSelectors)$/);
  });

  test('that lack what proven log files hold may lack more', async () => {
    deliver(csvOf([bench.logAt(4)]));
    expect(await bench.verify()).toBe(0);
    const { exitCode, document } = await bench.corroborate('--with', 'lake', '--all');
    expect({ exitCode, result: document?.result }).toEqual({ exitCode: 3, result: 'incomplete' });
    expect(codes(document)).toContain('WITNESS_LACKS_EVENTS');
  });

  test('that are not valid are no witness', async () => {
    const [file] = deliver(csvOf([bench.logAt(5)]));
    if (file !== undefined) flipContentBit(bench.store, file);
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    const { exitCode, error } = await bench.corroborate('--with', 'lake');
    expect(exitCode).toBe(2);
    expect(error).toContain('no query results of CloudTrail Lake that are valid');
  });

  test('that changed, or are gone, since the report are a contradiction', async () => {
    const [file] = deliver(csvOf([bench.logAt(5)]));
    if (file === undefined) throw new Error('there is no result');
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    flipContentBit(bench.store, file);
    const changed = await bench.corroborate('--with', 'lake');
    expect(changed.exitCode).toBe(5);
    expect(changed.error).toContain('is no longer the result file that the report verified');
    expect(changed.document).toBeUndefined();
    deleteObject(bench.store, file);
    const gone = await bench.corroborate('--with', 'lake');
    expect(gone.exitCode).toBe(5);
    expect(gone.error).toContain('was there when the report was made');
  });

  test('of other columns, of other places, or of odd rows are said to be left out', async () => {
    deliver('eventname,count\nGetItem,1\n');
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    const { document } = await bench.corroborate('--with', 'lake');
    expect(document?.result).toBe('incomplete');
    expect(document?.witnesses[0]?.places[0]?.refusal).toBe('no verified query result has an event of it');
    expect(codes(document)).toContain('WITNESS_WITHOUT_RECORDS');
  });

  test('with rows that are no records, and files that are no CSV, recover the rest', async () => {
    deliver(`${csvOf([bench.logAt(5)])}"x","{""eventID"":"\n"y",""\n`, 'a\n"b');
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    const { document, recovered } = await bench.corroborate('--with', 'lake');
    expect(document?.result).toBe('incomplete');
    expect(document?.witnesses[0]?.places[0]?.refusal).toContain('ends within a quoted field');
    expect(ids(recovered)).toEqual(idsIn(bench.logAt(5)));
    expect(codes(document)).toContain('WITNESS_ODD_ROWS');
  });
});
