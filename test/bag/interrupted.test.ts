/**
 * Runs that end early, at every moment there is: a signal, or an error after which nothing can be read. Whatever the moment, the report
 * agrees with itself, its bag agrees with it for the tool and the script alike, and nothing is in it that the whole run does not find.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { auditTrail, lakeTrail, type Scenario, scenarioOf, twinTrails } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { bagConclusion } from '../../src/bag/check.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import type { ChainReport, Report } from '../../src/report/report.ts';
import { inconsistenciesOf } from '../../src/signed/consistency.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { changeRecordedHash, deleteObject, editContent, flipContentBit } from '../support/damage.ts';
import { AUDITOR, certificateFile, checkTestBag, makeBag } from '../support/evidence-bag.ts';
import { memorySource } from '../support/memory-source.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { stoppingSource } from '../support/stopping-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runScript } from '../support/verify-script.ts';

const LIMIT = { timeout: 300_000 };
const EXIT_CODES = { VALID: 0, INVALID: 1, INCONCLUSIVE: 3 } as const;
const certificates = mkdtempSync(path.join(tmpdir(), 'trail-verify-interrupted-'));
afterAll(() => rmSync(certificates, { recursive: true }));
const trust = certificateFile(certificates, AUDITOR);
const noOpenssl = opensslAbsence();

/** Two Regions. In one of them a digest is changed, one is deleted, the newest are deleted, and so are log files. */
function tampered(): Scenario {
  const { store, trail } = auditTrail(7);
  auditTrail(2, { store, region: 'eu-west-1', homeRegion: 'us-east-1' });
  flipContentBit(store, trail.logAt(2));
  deleteObject(store, trail.logAt(2, 1));
  deleteObject(store, trail.digestAt(3));
  editContent(store, trail.digestAt(4), changeRecordedHash);
  deleteObject(store, trail.digestAt(6));
  deleteObject(store, trail.digestAt(7));
  return scenarioOf(store, trail);
}

/** Two chains in one folder, and backfill digests, one of which is deleted. */
function twins(): Scenario {
  const { store, own } = twinTrails();
  const late = own.backfill(own.digestAt(2));
  own.backfill(own.digestAt(4));
  deleteObject(store, late);
  deleteObject(store, own.digestAt(5));
  return scenarioOf(store, own);
}

const { build: regionPlanted } = await loadScenario('lake-region-planted');
const { build: namedBelow } = await loadScenario('backfill-below-window');
const { build: removed } = await loadScenario('digest-removed-recent');

function results(): Scenario {
  const { store, trail } = lakeTrail();
  return scenarioOf(store, trail);
}

/** A copy is read otherwise than a bucket: what is not there may have been put out of sight. */
const bucket = ({ store }: Scenario): Source => memorySource(store, { versions: true });
const copy = ({ store }: Scenario): Source => ({ ...memorySource(store), kind: 'folder' });
const bareCopy = ({ store }: Scenario): Source => memorySource(store, { metadata: false });

/** How a run ends at its nth question or its nth kept object, where it comes so far; and how many of them there are. */
interface Ending {
  readonly at: number;
  readonly of: 'questions' | 'kept';
  readonly by: 'a signal' | 'UNREACHABLE' | 'CREDENTIALS';
}

interface Ended {
  readonly folder: string;
  readonly report: Report;
  readonly moments: { readonly questions: number; readonly kept: number };
}

/** Makes the bag of a run that ends early; undefined where it ended before there was anything to report. */
async function endEarly(
  scenario: Scenario,
  sourceOf: (scenario: Scenario) => Source,
  { at, of, by }: Ending,
): Promise<Ended | undefined> {
  const folder = temporaryFolder();
  const stop = new AbortController();
  const end = (): void => {
    if (by === 'a signal') stop.abort();
    else throw new TrailVerifyError(by, 'there is no answer any more');
  };
  let kept = 0;
  let asked = (): number => 0;
  const change = (run: VerifyOptions): VerifyOptions => {
    const stopping = stoppingSource(sourceOf(scenario), { at: of === 'questions' ? at : 0, end });
    asked = stopping.asked;
    return {
      ...run,
      source: stopping.source,
      signal: stop.signal,
      onObject: async (object) => {
        kept += 1;
        if (of === 'kept' && kept === at) stop.abort();
        await run.onObject?.(object);
      },
    };
  };
  try {
    const report = await makeBag(folder, scenario, { includeLogs: true, change });
    return { folder, report, moments: { questions: asked(), kept } };
  } catch (error) {
    if (by !== 'a signal' && error instanceof TrailVerifyError && error.code === by) return undefined;
    throw error;
  }
}

const nameOf = ({ code, weight, object, chain }: Report['findings'][number]): string =>
  `${code} ${weight} ${object.uri} ${chain ?? ''}`;

const isWithin = (part: ChainReport['covered'], whole: ChainReport['covered']): boolean =>
  part.every(({ from, to }) => whole.some((span) => span.from <= from && to <= span.to));

/** Holds a report against that of the whole run: it says the same of less. */
function expectPartOf(report: Report, whole: Report): void {
  expect(inconsistenciesOf(report)).toEqual([]);
  const known = new Set(whole.findings.map(nameOf));
  const invented = report.findings.filter((one) => one.code !== 'RUN_INTERRUPTED' && !known.has(nameOf(one)));
  expect(invented).toEqual([]);
  for (const chain of report.chains) {
    const of = whole.chains.find(({ id }) => id === chain.id);
    expect(isWithin(chain.covered, of?.covered ?? [])).toBe(true);
    expect(chain.digests.valid).toBeLessThanOrEqual(of?.digests.valid ?? 0);
    expect(chain.logs.valid).toBeLessThanOrEqual(of?.logs.valid ?? 0);
  }
  if (!report.findings.some(({ code }) => code === 'RUN_INTERRUPTED')) return;
  // Chains that nobody came to may leave any time open.
  expect(report.verdict).not.toBe('VALID');
  expect(report.window).toMatchObject({ covered: [], verifiedThrough: null });
}

/** What `verify.sh` looks at in a bag, in kind: it takes a process or more for each file. */
const tried = new Set<string>();
function isNew({ verdict, findings, lake }: Report, scenario: string): boolean {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  const kind = `${scenario} ${verdict} ${codes.join(' ')} ${lake?.sets.length ?? '-'}`;
  if (tried.has(kind)) return false;
  tried.add(kind);
  return true;
}

const AT_QUESTIONS = { of: 'questions', by: 'a signal' } as const;
const AT_KEPT = { of: 'kept', by: 'a signal' } as const;
const WITHOUT_ANSWERS = { of: 'questions', by: 'UNREACHABLE' } as const;
const WITHOUT_CREDENTIALS = { of: 'questions', by: 'CREDENTIALS' } as const;

type Case = readonly [
  name: string,
  how: Omit<Ending, 'at'>,
  build: () => Scenario,
  source: (scenario: Scenario) => Source,
];

test.each<Case>([
  ['a tampered trail, at every question', AT_QUESTIONS, tampered, bucket],
  ['a tampered trail, at every object that is kept', AT_KEPT, tampered, bucket],
  ['a tampered trail, with credentials that expire at any question', WITHOUT_CREDENTIALS, tampered, bucket],
  ['a copy of it, at every question', AT_QUESTIONS, tampered, copy],
  ['a copy without metadata, at every question', AT_QUESTIONS, tampered, bareCopy],
  ['two trails in one folder, at every question', AT_QUESTIONS, twins, bucket],
  ['a copy of them, with an error at any question', WITHOUT_ANSWERS, twins, copy],
  ['a log file that a digest below the window names, at every question', AT_QUESTIONS, namedBelow, bucket],
  ['a digest that was removed, at every question', AT_QUESTIONS, removed, bucket],
  ['query results, at every question', AT_QUESTIONS, results, bucket],
  ['query results, with an error at any question', WITHOUT_ANSWERS, results, bucket],
  ['query results of another Region, at every question', AT_QUESTIONS, regionPlanted, bucket],
])('%s', LIMIT, async (name, how, build, sourceOf) => {
  const whole = await endEarly(build(), sourceOf, { ...how, at: 0 });
  if (whole === undefined) throw new Error('the whole run ended early');
  for (let at = 1; at <= whole.moments[how.of]; at += 1) {
    const ended = await endEarly(build(), sourceOf, { ...how, at });
    if (ended === undefined) continue;
    const { folder, report } = ended;
    expectPartOf(report, whole.report);
    if (how.by === 'a signal') {
      expect(report.verdict).not.toBe('VALID');
      // Nothing was refused: nobody waited for the answer.
      expect(report.limits.map(({ code }) => code)).not.toContain('VERSIONS_NOT_SEEN');
    }
    const check = await checkTestBag(folder);
    expect(check.problems, `at ${at}`).toEqual([]);
    expect(check.conclusion).toBe(report.verdict);
    if (noOpenssl !== undefined || !isNew(report, name)) continue;
    const script = runScript([trust, '-', folder]);
    expect(script.conclusion, script.text).toBe(bagConclusion(check));
    expect(script.code).toBe(EXIT_CODES[report.verdict]);
  }
});
