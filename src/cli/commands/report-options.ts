import type { Command } from '@commander-js/extra-typings';
import type { CsvTable } from '../../render/formats/csv.ts';
import type { RenderFormat } from '../../render/rendering.ts';
import { outputFileOption, type Run, UsageError, verboseOption } from '../options/common.ts';
import { formParser } from '../options/format.ts';
import { type TrustSettings, trustOptions } from '../options/signing.ts';
import { nowOption } from '../options/window.ts';

/** The settings of `report verify`. */
export interface ReportVerifySettings extends TrustSettings {
  readonly file: string;
  /** Undefined for the files next to the report. */
  readonly signatureFile: string | undefined;
  readonly timestampFile: string | undefined;
  readonly bundleFile: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The settings of `report render`. */
export interface ReportRenderSettings {
  readonly file: string;
  /** One of the forms that `verify --also` writes, the terminal's text, or the report's own bytes. */
  readonly format: RenderFormat | 'text' | 'json';
  /** The table of a CSV rendering. */
  readonly table: CsvTable;
  /** The new file to write; undefined for standard output. */
  readonly output: string | undefined;
  readonly color: boolean;
  /** The folder that `corroborate` wrote; undefined for none. Of HTML alone. */
  readonly corroboration?: string | undefined;
  /** All of the report as text, and not its first screen. */
  readonly verbose?: boolean | undefined;
}

/** The forms that `verify --also` writes next to report.json; all of the library, which is not loaded for this. */
export const ALSO_FORMATS = ['markdown', 'html', 'junit', 'sarif', 'ocsf', 'asff', 'csv'] as const;

const REPORT_FORMATS = ['text', 'json', ...ALSO_FORMATS] as const;

/** The tables of a CSV rendering; all of the library. */
export const TABLES = [
  'findings',
  'evidence',
  'chains',
  'covered',
  'uncovered',
  'further-findings',
  'limits',
  'run',
] as const;

const EXAMPLES = `
Examples:
  trail-verify report verify trail-verify-20261120T190000Z/report.json --trust auditor.cert.pem
  trail-verify report render trail-verify-20261120T190000Z/report.json --format html --output report.html
`;

const VERIFY_EXAMPLES = `
Examples:
  trail-verify report verify report.json --trust auditor.cert.pem
  trail-verify report verify report.json --trust company-ca.pem --tsa-ca timestamp-ca.pem
  trail-verify report verify report.json --trust auditor.cert.pem --bundle report.sigstore.json
  openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json -CAfile auditor.cert.pem -out /dev/null

The line begins with GENUINE (as a trusted signer signed it), REFUSED (changed or
forged) or UNPROVEN (not signed, nobody trusted, expired without a timestamp).

Exit codes: of a GENUINE report those of its verdict, 0 VALID, 1 INVALID, 3
INCONCLUSIVE; 5 REFUSED, 3 UNPROVEN, 2 usage or configuration, 4 the check failed.
`;

const RENDER_EXAMPLES = `
Examples:
  trail-verify report render report.json --format html --output report.html
  trail-verify report render report.json --format html --corroboration witness --output report.html
  trail-verify report render report.json --format sarif > report.sarif
  trail-verify report render report.json --format csv --table uncovered
  trail-verify report render report.json --format markdown >> "$GITHUB_STEP_SUMMARY"
`;

/** Adds `report verify` and `report render`. */
export function addReport(
  program: Command,
  verify: Run<ReportVerifySettings>,
  render: Run<ReportRenderSettings>,
): void {
  const report = program
    .command('report')
    .summary('check a report and its signature, or render it for people and machines')
    .description('Works on a report.json that verify has written.')
    .addHelpText('after', EXAMPLES);
  addVerify(report, verify);
  addRender(report, render);
}

function addVerify(report: Command, run: Run<ReportVerifySettings>): void {
  const command = report
    .command('verify')
    .summary('check the signature, signer, timestamp and consistency of a report')
    .description(
      'Checks that report.json is what its signer signed (report.json.p7s), that the signer is trusted, the timestamp (report.json.p7s.tsr, or in the signature) and the Sigstore bundle (report.sigstore.json) where there are any, and that the report agrees with itself. A bundle does not replace the signature. Prints one line.',
    )
    .argument('<report.json>', 'the report')
    .addHelpText('after', VERIFY_EXAMPLES);
  const readTrust = trustOptions(command);
  const options = command
    .optionsGroup('Files that are elsewhere:')
    .option('--signature <file>', 'signature file (default: <report.json>.p7s)')
    .option('--timestamp <file>', 'timestamp file (default: <report.json>.p7s.tsr)')
    .option('--bundle <file>', 'Sigstore bundle (default: report.sigstore.json next to the report)');
  verboseOption(command);
  const readNow = nowOption(command);
  command.action((file) => {
    const { signature, timestamp, bundle } = options.opts();
    const machineTime = Date.now();
    return run({
      file,
      ...readTrust(),
      signatureFile: signature,
      timestampFile: timestamp,
      bundleFile: bundle,
      now: readNow(machineTime) ?? machineTime,
    });
  });
}

function addRender(report: Command, run: Run<ReportRenderSettings>): void {
  const command = report
    .command('render')
    .summary('render a report as HTML, Markdown, JUnit, SARIF, OCSF, ASFF, CSV or text')
    .description(
      'Renders report.json, which stays the authoritative result: its schema is checked, its signature is not. Exits 0 whatever the verdict; 5 where a corroboration is not as it was written or signed, 2 where it is of another report.',
    )
    .argument('<report.json>', 'the report')
    .addHelpText('after', RENDER_EXAMPLES)
    .optionsGroup('Results:');
  const options = command
    .addOption(
      command
        .createOption('--format <format>', 'what to render to')
        .choices(REPORT_FORMATS)
        .argParser(formParser('--format', REPORT_FORMATS))
        .makeOptionMandatory(),
    )
    .addOption(
      command
        .createOption('--table <table>', 'which table of CSV')
        .choices(TABLES)
        .default('findings' as const, '"findings"'),
    )
    .option(
      '--corroboration <dir>',
      'html: show what corroborate recovered as well, from the folder it wrote',
    )
    .option('--no-color', 'print text without colour')
    .option('--verbose', 'text: every chain and every finding; and the stack of an error');
  const readOutput = outputFileOption(command);
  command.action((file) => {
    const settings = options.opts();
    if (settings.table !== 'findings' && settings.format !== 'csv')
      throw new UsageError(
        `--table and --format ${settings.format} contradict each other`,
        'CSV alone consists of tables',
      );
    if (settings.corroboration !== undefined && settings.format !== 'html')
      throw new UsageError(
        `--corroboration and --format ${settings.format} contradict each other`,
        'HTML alone shows what a witness recovered; trail-verify explain-gap does as well, in the terminal',
      );
    return run({ file, ...settings, output: readOutput() });
  });
}
