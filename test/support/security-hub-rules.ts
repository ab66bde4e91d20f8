/**
 * What Security Hub asks of a batch of findings:
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html,
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html and
 * https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html.
 */

const SEVERITIES = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
const STATUSES = ['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE'];
/** Namespaces and categories of types (user guide, "Types taxonomy for ASFF"), as far as they are used. */
const TYPE =
  /^(?:Software and Configuration Checks\/(?:Vulnerabilities|AWS Security Best Practices|Industry and Regulatory Standards)|TTPs\/(?:Initial Access|Execution|Persistence|Privilege Escalation|Defense Evasion|Credential Access|Discovery|Lateral Movement|Collection|Command and Control))(?:\/[^/]+)?$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;
/** Those that a provider cannot update, or that belong to others. */
const FOREIGN = ['Note', 'UserDefinedFields', 'VerificationState', 'Workflow', 'WorkflowState'];
const KNOWN = [
  ...['SchemaVersion', 'Id', 'ProductArn', 'GeneratorId', 'AwsAccountId', 'Types', 'CreatedAt', 'UpdatedAt'],
  ...[
    'FirstObservedAt',
    'LastObservedAt',
    'Severity',
    'Title',
    'Description',
    'Remediation',
    'ProductFields',
  ],
  ...['Resources', 'Compliance', 'RecordState', 'FindingProviderFields'],
];

/** One finding, of which only what is looked at is typed. */
export interface AsffFinding {
  readonly Id: string;
  readonly ProductArn: string;
  readonly GeneratorId: string;
  readonly AwsAccountId: string;
  readonly Types: readonly string[];
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  readonly LastObservedAt: string;
  readonly SchemaVersion: string;
  readonly Title: string;
  readonly Description: string;
  readonly Severity: { readonly Label: string; readonly Original: string };
  readonly Remediation?: { readonly Recommendation: { readonly Text: string } };
  readonly Compliance?: { readonly Status: string };
  readonly ProductFields: Readonly<Record<string, string>>;
  readonly RecordState: string;
  readonly Resources: readonly {
    readonly Type: string;
    readonly Id: string;
    readonly Partition: string;
    readonly Region?: string;
  }[];
  readonly FindingProviderFields: {
    readonly Severity: { readonly Label: string };
    readonly Types: readonly string[];
  };
}

/** What Security Hub would refuse of a file, in words; nothing of one that is right. */
export function securityHubProblems(file: string): readonly string[] {
  const findings: readonly AsffFinding[] = JSON.parse(file);
  const problems = findings.flatMap((finding) =>
    findingProblems(finding).map((problem) => `${finding.Id}: ${problem}`),
  );
  const arns = new Set(findings.map(({ ProductArn, AwsAccountId }) => `${ProductArn} ${AwsAccountId}`));
  return [...problems, ...(arns.size === 1 ? [] : ['the batch is of several accounts or products'])];
}

function findingProblems(finding: AsffFinding): readonly string[] {
  const { AwsAccountId: account, ProductFields: fields, Resources: resources } = finding;
  const names = Object.keys(finding);
  const checks: readonly (readonly [boolean, string])[] = [
    [names.every((name) => KNOWN.includes(name) && !FOREIGN.includes(name)), 'an attribute that is not sent'],
    [finding.SchemaVersion === '2018-10-08', 'SchemaVersion'],
    [isText(finding.Id, 512), 'Id'],
    [isText(finding.GeneratorId, 512), 'GeneratorId'],
    [/^\d{12}$/.test(account), 'AwsAccountId'],
    [productArn(finding.ProductArn) === account, 'ProductArn is not the default product of the account'],
    [finding.Types.length > 0 && finding.Types.every((type) => TYPE.test(type)), 'Types'],
    [[finding.CreatedAt, finding.UpdatedAt, finding.LastObservedAt].every((at) => TIME.test(at)), 'times'],
    [isText(finding.Title, 256), 'Title'],
    [isText(finding.Description, 1024), 'Description'],
    [
      finding.Remediation === undefined || isText(finding.Remediation.Recommendation.Text, 512),
      'Remediation',
    ],
    [finding.Compliance === undefined || STATUSES.includes(finding.Compliance.Status), 'Compliance'],
    [SEVERITIES.includes(finding.Severity.Label) && isText(finding.Severity.Original, 64), 'Severity'],
    [SEVERITIES.includes(finding.FindingProviderFields.Severity.Label), 'FindingProviderFields'],
    [finding.RecordState === 'ACTIVE', 'RecordState'],
    [Object.keys(fields).length <= 50, 'ProductFields'],
    [Object.entries(fields).every(([name, text]) => isText(name, 128) && isText(text, 2048)), 'a field'],
    [resources.length >= 1 && resources.length <= 32, 'Resources'],
    [resources.every(({ Type, Id }) => isText(Type, 256) && isText(Id, 512)), 'a resource'],
    [resources.every(({ Partition }) => ['aws', 'aws-cn', 'aws-us-gov'].includes(Partition)), 'a partition'],
    [resources.every(({ Region }) => Region === undefined || isText(Region, 16)), 'a Region'],
    [Buffer.byteLength(JSON.stringify(finding)) <= 240_000, 'its size'],
  ];
  return checks.flatMap(([isSo, problem]) => (isSo ? [] : [problem]));
}

/** The account of the default product's ARN. */
function productArn(arn: string): string | undefined {
  return /^arn:(?:aws|aws-cn|aws-us-gov):securityhub:[a-z0-9-]+:(\d{12}):product\/\1\/default$/.exec(
    arn,
  )?.[1];
}

/** The pattern of a text is `.*\S.*`. */
function isText(text: string, most: number): boolean {
  return /\S/.test(text) && text.length <= most;
}
