import type { Command } from '@commander-js/extra-typings';
import { type AccessSettings, accessOptions } from '../options/access.ts';
import { lastGroup, listParser, outputFileOption, type Run, UsageError } from '../options/common.ts';
import { formParser } from '../options/format.ts';
import { type Place, parsePlace } from '../options/place.ts';

/** The forms of a diagnosis, and none. */
const FORMATS = [
  'text',
  'json',
  'ndjson',
  'markdown',
  'html',
  'junit',
  'sarif',
  'ocsf',
  'csv',
  'none',
] as const;

/** The settings of `doctor`. */
export interface DoctorSettings {
  readonly place: Exclude<Place, { kind: 'folder' }>;
  readonly format: (typeof FORMATS)[number];
  readonly expected: readonly ExpectedEvents[];
  readonly ignored: readonly string[];
  /** Which verdicts exit non-zero. */
  readonly failOn: 'failed' | 'inconclusive';
  readonly output: string | undefined;
  readonly quiet: boolean;
  /** Whether the text has a line for each permission. */
  readonly verbose: boolean;
  /** The present, in milliseconds since the epoch. */
  readonly now: number;
  readonly access: AccessSettings;
}

/** Data events that must be recorded: those of a resource type, or of one resource of it. */
interface ExpectedEvents {
  readonly type: string;
  readonly arn?: string | undefined;
}

const EXAMPLES = `
Examples:
  trail-verify doctor arn:aws:cloudtrail:us-east-1:111122223333:trail/my-trail
  trail-verify doctor s3://my-trail-bucket --ignore S3.20,CloudTrail.5
  trail-verify doctor s3://my-trail-bucket --expect-events AWS::S3::Object AWS::Lambda::Function
  trail-verify doctor s3://my-trail-bucket --format markdown >> "$GITHUB_STEP_SUMMARY"

Exit codes: 0 PASSED, 1 FAILED, 2 usage or configuration, 3 INCONCLUSIVE
(something could not be learned), 4 the run failed. Notes and ignored checks
have no part in it.
`;

/** Adds `doctor`. */
export function addDoctor(program: Command, run: Run<DoctorSettings>): void {
  const command = program
    .command('doctor')
    .summary('check how a trail and its bucket are set up, and what this caller may do')
    .description(
      "Compares a trail and its bucket with Security Hub's CloudTrail controls and good practice. Tries every permission that verification needs, and prints the policy that would grant the missing ones. Changes nothing.",
    )
    .argument('<target>', 'a trail ARN, or s3://bucket[/prefix]')
    .addHelpText('after', EXAMPLES)
    .optionsGroup('What is checked:');
  const options = command
    .option(
      '--expect-events <events...>',
      'data events that must be recorded: a resource type, or one resource, for example AWS::S3::Object or AWS::S3::Object=arn:aws:s3:::bucket/',
      gatherExpected,
    )
    .option(
      '--ignore <id...>',
      'checks that have no part in the verdict, for example S3.20',
      listParser('--ignore'),
    )
    .optionsGroup('Results:')
    .addOption(
      command
        .createOption('--format <format>', 'form of standard output')
        .choices(FORMATS)
        .argParser(formParser('--format', FORMATS))
        .default('text' as const),
    )
    .addOption(
      command
        .createOption('--fail-on <verdict>', 'verdicts that exit non-zero')
        .choices(['failed', 'inconclusive'])
        .default('inconclusive' as const),
    )
    .option('--quiet', 'print the verdict only');
  const readOutput = outputFileOption(command);
  const readAccess = accessOptions(command);
  lastGroup(command);
  const display = command.option('--verbose', 'print a line for each permission, and the stack of an error');
  command.action((target) => {
    const place = parsePlace(target);
    if (place.kind === 'access-point') {
      const hint = "doctor looks at the bucket's own settings: give s3://bucket[/prefix]";
      throw new UsageError(`target ${JSON.stringify(target)} is an access point`, hint);
    }
    if (place.kind === 'folder') {
      const hint = 'doctor looks at a trail ARN or at s3://bucket[/prefix]';
      throw new UsageError(`target ${JSON.stringify(target)} is not at AWS`, hint);
    }
    const { format, expectEvents = [], ignore = [], failOn, quiet = false } = options.opts();
    return run({
      place,
      format,
      expected: expectEvents.map(parseExpected),
      ignored: ignore,
      failOn,
      output: readOutput(),
      quiet,
      verbose: display.opts().verbose ?? false,
      now: Date.now(),
      access: readAccess(),
    });
  });
}

/** The key of a resource may hold a comma: it parts two only where another type follows. */
const gatherExpected = listParser('--expect-events', {
  check: parseExpected,
  split: (text) => text.split(/,(?=\s*(?:AWS::|,|$))/),
});

function parseExpected(text: string): ExpectedEvents {
  const [, type, arn] = /^(AWS::[A-Za-z0-9]+::[A-Za-z0-9]+)(?:=(arn:\S+))?$/.exec(text) ?? [];
  if (type === undefined)
    throw new UsageError(
      `--expect-events: ${JSON.stringify(text)} is not a resource type`,
      'for example AWS::S3::Object, or AWS::S3::Object=arn:aws:s3:::bucket/',
    );
  return arn === undefined ? { type } : { type, arn };
}
