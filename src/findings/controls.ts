/**
 * The controls of well-known frameworks that findings and checks of a set-up support: this one table says it for every rendering.
 *
 *     controlsOf('LOG_MODIFIED')    ->  CIS AWS Foundations v5.0.0 3.2, PCI DSS v4 10.3.2, ...
 *     controlsOfCheck('S3.20')      ->  CIS AWS Foundations v5.0.0 2.1.2, ...
 *
 * To support a control is to give evidence about it. Nothing here satisfies one: that is for its assessor to judge.
 */
import { CATALOGUE } from './catalogue.ts';
import type { Purpose } from './family.ts';
import type { FindingCode } from './finding.ts';

/** The frameworks, in the order in which they are shown, each as a list of controls names it. */
export const FRAMEWORKS = {
  cis: 'CIS AWS Foundations v5.0.0',
  cis14: 'CIS AWS Foundations v1.4.0',
  pci: 'PCI DSS v4',
  nist: 'NIST 800-53',
  iso: 'ISO 27001:2022',
  soc: 'SOC 2',
} as const;

type Framework = keyof typeof FRAMEWORKS;

/** One control: its number in its framework, what it is about in our words, and what else a reader must know. */
export interface Control {
  readonly framework: Framework;
  readonly number: string;
  readonly about: string;
  /** Its number in other versions, or how far a finding can support it. */
  readonly note?: string | undefined;
}

/** By a name of ours, framework by framework. */
const CONTROLS = {
  cisMfaDelete: {
    framework: 'cis',
    number: '2.1.2',
    about: 'MFA delete is on for S3 buckets',
    note: 'v1.4.0: 2.1.3; v6.0.0 and v7.0.0: 3.1.2',
  },
  cisPublicAccess: {
    framework: 'cis',
    number: '2.1.4',
    about: 'S3 blocks public access',
    note: 'v1.4.0: 2.1.5; v6.0.0 and v7.0.0: 3.1.4',
  },
  cisRegions: {
    framework: 'cis',
    number: '3.1',
    about: 'CloudTrail is on in all Regions',
    note: 'v1.4.0 and v3.0.0: 3.1; v6.0.0 and v7.0.0: 4.1',
  },
  cisValidation: {
    framework: 'cis',
    number: '3.2',
    about: 'log file validation is on; its text also names validate-logs, to be run from time to time',
    note: 'v1.4.0 and v3.0.0: 3.2; v6.0.0 and v7.0.0: 4.2',
  },
  cisAccessLogging: {
    framework: 'cis',
    number: '3.4',
    about: "access to CloudTrail's bucket is logged",
    note: 'v1.4.0: 3.6; v3.0.0: 3.4; v6.0.0 and v7.0.0: 4.4',
  },
  cisEncryption: {
    framework: 'cis',
    number: '3.5',
    about: 'CloudTrail logs are encrypted with KMS keys',
    note: 'v1.4.0: 3.7; v3.0.0: 3.5; v6.0.0 and v7.0.0: 4.5',
  },
  cisWrites: {
    framework: 'cis',
    number: '3.8',
    about: 'write events of S3 objects are logged',
    note: 'v1.4.0: 3.10; v3.0.0: 3.8; v6.0.0 and v7.0.0: 4.8',
  },
  cisReads: {
    framework: 'cis',
    number: '3.9',
    about: 'read events of S3 objects are logged',
    note: 'v1.4.0: 3.11; v3.0.0: 3.9; v6.0.0 and v7.0.0: 4.9',
  },
  cisPublicBucket: {
    framework: 'cis14',
    number: '3.3',
    about: "CloudTrail's bucket is not public",
    note: 'not in v3.0.0 and later',
  },
  cisLogGroup: {
    framework: 'cis14',
    number: '3.4',
    about: 'trails are sent to CloudWatch Logs',
    note: 'not in v3.0.0 and later',
  },
  pciActive: { framework: 'pci', number: '10.2.1', about: 'audit logs are on and active' },
  pciAccess: { framework: 'pci', number: '10.2.1.3', about: 'access to audit logs is captured' },
  pciStops: {
    framework: 'pci',
    number: '10.2.1.6',
    about: 'the start, stop and pause of audit logs are captured',
    note: 'a gap shows that logs stopped; control events around it may show who stopped them',
  },
  pciReadAccess: {
    framework: 'pci',
    number: '10.3.1',
    about: 'only those who need audit logs may read them',
  },
  pciProtected: { framework: 'pci', number: '10.3.2', about: 'audit logs are protected from modification' },
  pciChanges: {
    framework: 'pci',
    number: '10.3.4',
    about: 'integrity monitoring or change detection makes an alert when existing log data changes',
    note: 'a run detects a change; the alert is yours to set up on its exit code or report',
  },
  pciKept: {
    framework: 'pci',
    number: '10.5.1',
    about: 'audit logs are kept for twelve months, three of them at hand',
  },
  nistProtection: { framework: 'nist', number: 'AU-9', about: 'Protection of Audit Information' },
  nistCryptography: {
    framework: 'nist',
    number: 'AU-9(3)',
    about: 'Cryptographic Protection',
    note: "its discussion names signed hashes with asymmetric keys, which CloudTrail's digests are",
  },
  nistOrigin: {
    framework: 'nist',
    number: 'AU-10',
    about: 'Non-repudiation',
    note: 'in part: a signature shows that CloudTrail wrote a record, and not that a person acted; AU-10(2) is the nearest part',
  },
  nistKept: { framework: 'nist', number: 'AU-11', about: 'Audit Record Retention' },
  nistRecords: { framework: 'nist', number: 'AU-12', about: 'Audit Record Generation' },
  nistIntegrity: {
    framework: 'nist',
    number: 'SI-7',
    about: 'Software, Firmware, and Information Integrity',
    note: 'of information: the log files',
  },
  isoLogging: { framework: 'iso', number: 'A.8.15', about: 'Logging: logs are stored and protected' },
  socMonitoring: {
    framework: 'soc',
    number: 'CC7.2',
    about: 'components are monitored for anomalies, and these are analysed',
  },
  socEvaluation: {
    framework: 'soc',
    number: 'CC7.3',
    about: 'security events are evaluated',
    note: 'a finding is evidence for the evaluation',
  },
} as const satisfies Readonly<Record<string, Control>>;

type ControlId = keyof typeof CONTROLS;

/** Every control that something supports, framework by framework. */
export const ALL_CONTROLS: readonly Control[] = Object.values(CONTROLS);

const OF_PURPOSE: Readonly<Record<Purpose, readonly ControlId[]>> = {
  content: [
    'cisValidation',
    'pciProtected',
    'pciChanges',
    'nistProtection',
    'nistCryptography',
    'nistOrigin',
    'nistIntegrity',
    'isoLogging',
    'socMonitoring',
    'socEvaluation',
  ],
  removal: [
    'cisValidation',
    'pciProtected',
    'pciChanges',
    'pciKept',
    'nistProtection',
    'nistCryptography',
    'nistKept',
    'nistIntegrity',
    'isoLogging',
    'socMonitoring',
    'socEvaluation',
  ],
  additions: [
    'cisValidation',
    'pciProtected',
    'nistProtection',
    'nistIntegrity',
    'isoLogging',
    'socMonitoring',
  ],
  origin: [
    'cisValidation',
    'pciChanges',
    'nistCryptography',
    'nistOrigin',
    'nistIntegrity',
    'isoLogging',
    'socMonitoring',
  ],
  time: [
    'cisRegions',
    'cisValidation',
    'pciActive',
    'pciStops',
    'nistProtection',
    'nistRecords',
    'isoLogging',
    'socMonitoring',
  ],
  reading: ['cisValidation', 'pciChanges', 'nistProtection', 'nistIntegrity', 'isoLogging', 'socMonitoring'],
  retention: ['pciKept', 'nistProtection', 'nistKept', 'isoLogging'],
  // Query results have a scheme of their own, of which CIS says nothing.
  queries: [
    'pciChanges',
    'nistProtection',
    'nistCryptography',
    'nistIntegrity',
    'isoLogging',
    'socMonitoring',
  ],
};

/** By the id of a check, or by what precedes a name in it, as in `permission.s3:GetObject` and `data-events.AWS::S3::Object=arn`. */
const OF_CHECK: Readonly<Record<string, readonly ControlId[]>> = {
  'CloudTrail.1': ['cisRegions', 'pciActive', 'nistRecords', 'isoLogging', 'socMonitoring'],
  'CloudTrail.2': ['cisEncryption', 'nistProtection', 'isoLogging'],
  'CloudTrail.3': ['pciActive', 'nistRecords', 'isoLogging', 'socMonitoring'],
  'CloudTrail.4': [
    'cisValidation',
    'pciChanges',
    'nistProtection',
    'nistCryptography',
    'nistIntegrity',
    'isoLogging',
    'socMonitoring',
  ],
  'CloudTrail.5': ['cisLogGroup', 'isoLogging', 'socMonitoring'],
  'CloudTrail.6': ['cisPublicBucket', 'pciReadAccess', 'pciProtected', 'nistProtection', 'isoLogging'],
  'CloudTrail.7': ['cisAccessLogging', 'pciAccess', 'nistProtection', 'isoLogging', 'socMonitoring'],
  // None of these frameworks asks for tags.
  'CloudTrail.9': [],
  'management-events-whole': ['pciActive', 'nistRecords', 'isoLogging'],
  'data-events': ['pciActive', 'nistRecords', 'isoLogging'],
  'data-events.AWS::S3::Object': ['cisWrites', 'cisReads', 'pciActive', 'nistRecords', 'isoLogging'],
  'S3.8': ['cisPublicAccess', 'pciReadAccess', 'pciProtected', 'nistProtection', 'isoLogging'],
  'S3.14': ['pciProtected', 'nistProtection', 'isoLogging'],
  'S3.15': ['pciProtected', 'pciKept', 'nistProtection', 'nistKept', 'isoLogging'],
  'S3.20': ['cisMfaDelete', 'pciProtected', 'nistProtection', 'isoLogging'],
  lifecycle: OF_PURPOSE.retention,
  'policy-source-arn': ['pciProtected', 'nistProtection', 'isoLogging'],
  permission: OF_PURPOSE.reading,
};

/** The ids of checks that the table knows, those with a name behind them by what comes before it. */
export const CHECK_IDS: readonly string[] = Object.keys(OF_CHECK);

const CHECKS = new Map(Object.entries(OF_CHECK));

/** The controls that findings of a code support. */
export function controlsOf(code: FindingCode): readonly Control[] {
  return OF_PURPOSE[CATALOGUE[code].serves].map((id) => CONTROLS[id]);
}

/** The controls that a check of a set-up supports, by its id; empty where none asks for it. Throws RangeError for an id of no check. */
export function controlsOfCheck(id: string): readonly Control[] {
  const bare = id.replace(/=.*/s, '');
  const kind = id.replace(/\..*/s, '');
  const ids = CHECKS.get(bare) ?? CHECKS.get(kind);
  if (ids === undefined) throw new RangeError(`no check is called ${id}`);
  return ids.map((one) => CONTROLS[one]);
}

/** The full names of controls: `NIST 800-53 AU-9(3)`. */
export function controlNames(controls: readonly Control[]): readonly string[] {
  return controls.map(({ framework, number }) => `${FRAMEWORKS[framework]} ${number}`);
}

/** Full names of controls in a line, each framework once: `PCI DSS v4 10.3.2, 10.3.4; SOC 2 CC7.2`. */
export function controlsText(names: readonly string[]): string {
  const byFramework = new Map<string, string[]>();
  for (const name of names) {
    const end = name.lastIndexOf(' ');
    const [framework, number] = [name.slice(0, Math.max(0, end)), name.slice(end + 1)];
    byFramework.set(framework, [...(byFramework.get(framework) ?? []), number]);
  }
  return [...byFramework].map(([framework, numbers]) => `${framework} ${numbers.join(', ')}`).join('; ');
}
