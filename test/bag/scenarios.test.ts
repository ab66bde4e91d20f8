/** A bag of every scenario: genuine, and its conclusion is the scenario's verdict, by the tool and by the script. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ringOf } from '../../fixtures/scenario.ts';
import { loadScenario, loadScenarios, type NamedScenario } from '../../fixtures/scenarios.ts';
import { bagConclusion } from '../../src/bag/check.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { Report } from '../../src/report/report.ts';
import { openBag } from '../../src/source/bag/bag-source.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { EVERY_WAY } from '../support/check-paths.ts';
import { AUDITOR, certificateFile, checkTestBag, makeBag } from '../support/evidence-bag.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { absenceOf, runScript, SHELLS } from '../support/verify-script.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-bags-'));
afterAll(() => rmSync(temporary, { recursive: true }));
const trust = certificateFile(temporary, AUDITOR);
const noOpenssl = opensslAbsence();
const EXIT_CODES = { VALID: 0, INVALID: 1, INCONCLUSIVE: 3 } as const;

/** A run with a state rests on more than a bag can hold: the command makes none of it. */
const hasState = ({ build }: NamedScenario): boolean => build().options.state !== undefined;

const withState = (await loadScenarios()).filter(hasState).map(({ name }) => name);
console.log(`no bag is made of a run with a state: ${withState.join(', ')}`);

interface Made {
  readonly folder: string;
  readonly report: Report;
}

const bags = new Map<string, Promise<Made>>();

/** The bag of a scenario with its log files, which is made once: nobody changes it. */
function bagOf({ name, build }: NamedScenario): Promise<Made> {
  const folder = path.join(temporary, name);
  const make = async (): Promise<Made> => ({
    folder,
    report: await makeBag(folder, build(), { includeLogs: true }),
  });
  const bag = bags.get(name) ?? make();
  bags.set(name, bag);
  return bag;
}

/** What turns on how a file is written: each of these has a form of its own. */
const FORMS = /^(?:digest-(?:key|malformed|stored)|log-(?:hash|stored)|lake)/;
const seen = new Set<string>();

/**
 * Whether a bag holds what no bag before it does. `verify.sh` takes a process or more for each file, and of a bag it reads the rows of
 * its tables, what they name, and the report's conclusion.
 */
function hasNews({ name }: NamedScenario, { folder, report }: Made): boolean {
  const kinds = [
    `${report.verdict} ${report.conclusion?.counts.accepted ?? 0}`,
    `companions ${report.objects !== undefined} ${report.overflowFindings !== undefined}`,
    ...['digests', 'logs', 'sign-files', 'results'].flatMap((table) => rowKinds(folder, table)),
  ].filter((kind) => !seen.has(kind));
  for (const kind of kinds) seen.add(kind);
  return EVERY_WAY || kinds.length > 0 || FORMS.test(name);
}

const bucketAndAccount = (place: string): string =>
  place.replace(/^data\/\w+\//, '').replace(/(\/\d{12})\/CloudTrail.*$/, '$1');

/** The rows of a table, in kind: a value that differs from row to row counts as being there; and how its file is stored. */
function rowKinds(folder: string, table: string): readonly string[] {
  const file = path.join(folder, 'data', `${table}.tsv`);
  if (!existsSync(file)) return [];
  const rows = readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
  return rows.map((row) => {
    const columns = row.split('\t');
    const kinds = columns
      .slice(0, -1)
      .map((value) => (/^(?:[a-z-]{1,20}|-)$/.test(value) ? value : 'is there'));
    const stored = path.join(folder, columns[0] ?? '');
    const begin = existsSync(stored) ? readFileSync(stored).subarray(0, 2).toString('hex') : 'absent';
    const isPlain = /^[\w./+=@-]*$/.test(columns[0] ?? '');
    // Of a moved or relocated one the signed place is another, and that of the digest before it.
    const places = columns.filter((value) => value.includes('/')).map((value) => bucketAndAccount(value));
    const isMoved = new Set(places).size > 1;
    return [table, ...kinds, begin === '1f8b', existsSync(`${stored}.sig`), isPlain, isMoved].join(' ');
  });
}

describe('a bag of each scenario, with its log files', async () => {
  const scenarios = (await loadScenarios()).filter((scenario) => !hasState(scenario));
  test.each(scenarios)('$name', async (scenario) => {
    const { outcome } = scenario;
    const bag = await bagOf(scenario);
    const { folder } = bag;
    const check = await checkTestBag(folder);
    expect(check.problems).toEqual([]);
    expect(check.conclusion).toBe(outcome.verdict);
    if (noOpenssl !== undefined || !hasNews(scenario, bag)) return;
    const script = runScript([trust, '-', folder]);
    expect(script.text.split('\n').filter((line) => /^(?:FAIL|SKIP)/.test(line))).toEqual([]);
    expect(script.conclusion).toBe(bagConclusion(check));
    expect(script.code).toBe(EXIT_CODES[outcome.verdict]);
  });
});

describe.each(['intact', 'tampered', 'digest-signature-missing'])('a bag of %s', (name) => {
  test('without log files', async () => {
    const folder = path.join(temporary, `${name}-digests`);
    const { build, outcome } = await loadScenario(name);
    await makeBag(folder, build());
    expect((await checkTestBag(folder)).conclusion).toBe(outcome.verdict);
    if (noOpenssl === undefined)
      expect(runScript([trust, '-', folder]).code).toBe(EXIT_CODES[outcome.verdict]);
  });

  test('of a bare folder, in which signatures are those that successors carry', async () => {
    const folder = path.join(temporary, `${name}-bare`);
    const report = await makeBag(folder, (await loadScenario(name)).build(), { metadata: false });
    const check = await checkTestBag(folder);
    expect(check.problems).toEqual([]);
    expect(check.conclusion).toBe(report.verdict);
    expect(check.digests.proven).toBeGreaterThan(0);
    if (noOpenssl === undefined)
      expect(runScript([trust, '-', folder]).conclusion).toBe(bagConclusion(check));
  });

  test.each(SHELLS.map((shell) => ({ shell })))('in $shell', async ({ shell }) => {
    const folder = path.join(temporary, `${name}-${shell[0]}`);
    const absent = absenceOf(shell[0]) ?? noOpenssl;
    if (absent !== undefined) {
      console.warn(`not run in ${shell[0]}: ${absent}`);
      return;
    }
    const { build, outcome } = await loadScenario(name);
    await makeBag(folder, build(), { includeLogs: true });
    const { code, conclusion } = runScript([trust, '-', folder], shell);
    expect({ code, conclusion }).toMatchObject({ code: EXIT_CODES[outcome.verdict] });
    expect(conclusion).toMatch(new RegExp(`^GENUINE: .* its report says ${outcome.verdict}: `));
  });
});

describe('a bag verified again', async () => {
  /** What has no trace in a bag: folders, names and objects that the first run saw in listings and did not read, and a bucket's rules. */
  const LISTINGS = new Set([
    'LOG_UNLISTED',
    'OBJECT_UNRECOGNIZED',
    'CHAIN_ABSENT',
    'DISCOVERY_INCOMPLETE',
    'EVIDENCE_MAY_EXPIRE',
    'DIGEST_REMOVED',
    'LAKE_SIGN_FILE_MISSING',
    'LAKE_RESULT_UNLISTED',
  ]);
  /** Of a chain that ended before the window the listing alone has told: nothing of it was read. */
  const beyond = new Set(['chain-ended-before-window', 'chain-ended-long-before']);
  const scenarios = (await loadScenarios()).filter(
    (scenario) =>
      !hasState(scenario) &&
      !beyond.has(scenario.name) &&
      Object.keys(scenario.outcome.codes).every((code) => !LISTINGS.has(code)),
  );
  const codes = ({ findings }: Report): readonly string[] =>
    findings.filter(({ code }) => !LISTINGS.has(code)).map(({ code, object }) => `${code} ${object.uri}`);

  test.each(scenarios)('$name', async (named) => {
    const scenario = named.build();
    const { signal, ...options } = scenario.options;
    const whole = { ...named, name: `${named.name}-again`, build: () => ({ ...scenario, options }) };
    // What interrupted the first run is not in its bag.
    const { folder, report } = await bagOf(signal === undefined ? named : whole);
    const source = await openBag(folder);
    if (source === undefined) throw new Error('it is no bag');
    if (source.targets.length === 0) return;
    const again = await verifyTrail({
      source,
      targets: source.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      ...options,
    });
    expect(codes(again)).toEqual(codes(report));
    expect(again.totals.digests).toEqual(report.totals.digests);
    expect(again.totals.logs).toEqual(report.totals.logs);
  });
});
