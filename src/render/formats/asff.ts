/**
 * The AWS Security Finding Format (Security Hub user guide, "AWS Security Finding Format"; API reference, AwsSecurityFinding), as a
 * JSON array that `aws securityhub batch-import-findings --findings file://report.asff.json` takes: the run first, then each finding,
 * the heaviest first, one a line. For example
 *
 *     [
 *     {"SchemaVersion":"2018-10-08","Id":"trail-verify/run/6c1d…","ProductArn":"arn:aws:securityhub:…:product/…/default",…},
 *     {"SchemaVersion":"2018-10-08","Id":"trail-verify/finding/90f1…",…}
 *     ]
 */
import { createHash } from 'node:crypto';
import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Finding, Verdict, Weight } from '../../findings/finding.ts';
import { countAll, isAccepted, verdictHeadline } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';
import { escapeTerminal } from '../escape.ts';
import { findingFacts, findingId, findingPlace, heaviestFirst, whereTheRestIs } from '../facts/findings.ts';
import { authoritativeSentence } from '../facts/report.ts';
import { verdictSentence } from '../facts/verdict.ts';
import { countOf } from '../words.ts';
import { asciiJson } from './json.ts';

const SCHEMA_VERSION = '2018-10-08';

/** The longest texts (API reference, AwsSecurityFinding and Recommendation), in characters. */
const LONGEST = { title: 256, description: 1024, recommendation: 512, field: 2048, resource: 512 } as const;

const SEVERITY = {
  violation: 'CRITICAL',
  unproven: 'MEDIUM',
  note: 'INFORMATIONAL',
} as const satisfies Record<Weight, string>;
const VERDICTS = {
  VALID: { label: 'INFORMATIONAL', compliance: 'PASSED' },
  INCONCLUSIVE: { label: 'MEDIUM', compliance: 'WARNING' },
  INVALID: { label: 'CRITICAL', compliance: 'FAILED' },
} as const satisfies Record<Verdict, object>;
/** A note says of nothing that it failed. */
const COMPLIANCE = { violation: 'FAILED', unproven: 'WARNING', note: undefined } as const satisfies Record<
  Weight,
  string | undefined
>;
/** Namespace and category of a type (user guide, "Types taxonomy for ASFF"). */
const CHECKS = 'Software and Configuration Checks/AWS Security Best Practices';
const EVASION = 'TTPs/Defense Evasion';

/** The report as findings of Security Hub, piece by piece; `sha256` (hex) is that of report.json. Ends with a newline. */
export function* asffPieces(report: Report, sha256: string): Generator<string> {
  yield `[\n${asciiJson(runFinding(report, sha256))}`;
  for (const finding of heaviestFirst(report.findings))
    yield `,\n${asciiJson(objectFinding(report, finding, sha256))}`;
  yield '\n]\n';
}

interface Address {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
}

/**
 * The account and Region whose Security Hub takes the findings. The default product of an account takes findings of that account
 * alone: it is the one that the run read with, else the first of those that were found.
 */
function addressOf({ examiner, trail, chains }: Report): Address {
  const caller = examiner?.awsCaller;
  const known = typeof caller === 'object' ? caller?.account : undefined;
  const [chain] = chains;
  const region = [trail?.description.homeRegion, chain?.homeRegion].find(isRegion) ?? 'us-east-1';
  return { account: known ?? chain?.account ?? '000000000000', region, partition: partitionOf(region) };
}

function isRegion(name: string | undefined): name is string {
  return name !== undefined && name.length <= 16 && /^[a-z]{2,}(?:-[a-z]+)+-\d$/.test(name);
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** What every finding has, whatever it is about. `types` and the severity are given as providers are to update them. */
function base(
  report: Report,
  {
    id,
    generator,
    label,
    original,
    type,
  }: Readonly<Record<'id' | 'generator' | 'label' | 'original' | 'type', string>>,
): object {
  const { account, region, partition } = addressOf(report);
  return {
    SchemaVersion: SCHEMA_VERSION,
    Id: `trail-verify/${id}`,
    ProductArn: `arn:${partition}:securityhub:${region}:${account}:product/${account}/default`,
    GeneratorId: `trail-verify/${generator}`,
    AwsAccountId: account,
    Types: [type],
    CreatedAt: report.run.finished,
    UpdatedAt: report.run.finished,
    LastObservedAt: report.run.finished,
    Severity: { Label: label, Original: original },
    FindingProviderFields: { Severity: { Label: label, Original: original }, Types: [type] },
    RecordState: 'ACTIVE',
  };
}

/** One for each target, whatever the run: the next run updates it. */
function runFinding(report: Report, sha256: string): object {
  const { label, compliance } = VERDICTS[report.verdict];
  const further = countAll(report) - report.findings.length;
  const sentences = [
    verdictSentence(report),
    ...(further > 0 ? [`${countOf(further, 'further finding')} in ${whereTheRestIs(report)}.`] : []),
    authoritativeSentence(sha256),
  ];
  const address = addressOf(report);
  return {
    ...base(report, {
      id: `run/${createHash('sha256').update(report.source.target).digest('hex')}`,
      generator: 'run',
      label,
      original: report.verdict,
      type: CHECKS,
    }),
    Title: cut(`CloudTrail log file integrity: ${verdictHeadline(report)}`, LONGEST.title),
    Description: cut(sentences.join(' '), LONGEST.description),
    Resources: [targetResource(report.source.target, address)],
    Compliance: { Status: compliance },
    ProductFields: fields(report, sha256, { target: report.source.target, verdict: report.verdict }),
  };
}

function objectFinding(report: Report, finding: Finding, sha256: string): object {
  const { code, weight, object, chain, time, accepted } = finding;
  const { title, meaning, advice } = CATALOGUE[code];
  const name = object.key.split('/').findLast((part) => part !== '') ?? object.uri;
  const facts = [object.uri, ...findingFacts(finding)].join('; ');
  const status = isAccepted(finding) ? undefined : COMPLIANCE[weight];
  return {
    ...base(report, {
      id: `finding/${findingId(finding)}`,
      generator: code,
      label: isAccepted(finding) ? SEVERITY.note : SEVERITY[weight],
      original: weight,
      type: `${weight === 'violation' ? EVASION : CHECKS}/${code}`,
    }),
    Title: cut(`${code}: ${title}: ${name}`, LONGEST.title),
    Description: cut(`${meaning} ${facts}`, LONGEST.description),
    Remediation: { Recommendation: { Text: cut(advice, LONGEST.recommendation) } },
    Resources: [objectResource(finding, addressOf(report))],
    ...(status === undefined ? {} : { Compliance: { Status: status } }),
    ProductFields: fields(report, sha256, { code, weight, chain, time, accepted, object: object.uri }),
  };
}

/** The exact names that Security Hub has no field of; a text is cut where it is too long. */
function fields(
  { run }: Report,
  sha256: string,
  given: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const all = Object.entries({ run: run.id, 'report-sha256': sha256, ...given });
  return Object.fromEntries(
    all.flatMap(([name, text]) =>
      text === undefined || text.trim() === '' ? [] : [[`trail-verify/${name}`, cut(text, LONGEST.field)]],
    ),
  );
}

function objectResource(finding: Finding, address: Address): object {
  const { bucket, key, uri, versionId } = finding.object;
  const { region } = findingPlace(finding);
  const place = { Partition: address.partition, ...(isRegion(region) ? { Region: region } : {}) };
  // A file of a folder, or a chain that is not there.
  if (!uri.startsWith('s3://') || key === '' || bucket === '')
    return { Type: 'Other', Id: resourceId(uri), ...place };
  const details =
    versionId === undefined ? {} : { Details: { AwsS3Object: { VersionId: cut(versionId, 1024) } } };
  return {
    Type: 'AwsS3Object',
    Id: resourceId(`arn:${address.partition}:s3:::${bucket}/${key}`),
    ...place,
    ...details,
  };
}

function targetResource(target: string, { partition, region }: Address): object {
  const [, bucket] = /^s3:\/\/([^/]+)/.exec(target) ?? [];
  const place = { Partition: partition, Region: region };
  if (bucket !== undefined)
    return { Type: 'AwsS3Bucket', Id: resourceId(`arn:${partition}:s3:::${bucket}`), ...place };
  const isTrail = /^arn:[^:]+:cloudtrail:/.test(target);
  return { Type: isTrail ? 'AwsCloudTrailTrail' : 'Other', Id: resourceId(target), ...place };
}

/** Two objects never have one id: what is cut off is in the hash. */
function resourceId(text: string): string {
  const id = escapeTerminal(text);
  if (id.length <= LONGEST.resource) return id;
  const hash = createHash('sha256').update(text).digest('hex');
  return `${cut(id, LONGEST.resource - hash.length - 1)}#${hash}`;
}

/** `text` harmless on a screen, with an ellipsis where it is cut; never half a character. */
function cut(text: string, most: number): string {
  const safe = escapeTerminal(text);
  if (safe.length <= most) return safe;
  return `${safe.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
