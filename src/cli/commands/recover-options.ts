import type { Command } from '@commander-js/extra-typings';
import { type AccessSettings, accessOptions } from '../options/access.ts';
import { type Run, UsageError, verboseOption } from '../options/common.ts';

/** The settings of `recover`. */
export interface RecoverSettings {
  readonly reportFile: string;
  readonly folder: string;
  readonly format: 'text' | 'json';
  readonly access: AccessSettings;
}

const EXAMPLES = `
Examples:
  trail-verify verify s3://my-trail-bucket --from 7d --output result
  trail-verify recover result/report.json ./recovered

Exit codes: 0 everything was recovered, 2 usage or configuration, 3 something
was not, 4 the run failed.
`;

/** Adds `recover`. */
export function addRecover(program: Command, run: Run<RecoverSettings>): void {
  const command = program
    .command('recover')
    .summary('copy out older versions of missing or changed objects that still have the signed hash')
    .description(
      "Looks up the versions of every object that a report calls missing or changed. Copies the version whose content has the signed hash into a folder, with its S3 metadata. A recovered digest names log files and the earlier digest: they are recovered too, where they are not in their place. Writes nothing to the bucket. The hashes are the report's: check it first with report verify.",
    )
    .argument('<report.json>', 'a report that verify wrote of a bucket')
    .argument('<folder>', 'new or empty folder for the recovered objects, as <bucket>/<key>')
    .addHelpText('after', EXAMPLES)
    .optionsGroup('Results:');
  const options = command.option(
    '--format <format>',
    'form of standard output: text or json',
    parseFormat,
    'text' as const,
  );
  const readAccess = accessOptions(command);
  verboseOption(command);
  command.action((reportFile, folder) => {
    if (folder === '' || /^(?:s3|arn):/i.test(folder))
      throw new UsageError(`${JSON.stringify(folder)} is not a folder`, 'nothing is written to a bucket');
    return run({ reportFile, folder, format: options.opts().format, access: readAccess() });
  });
}

function parseFormat(text: string): 'text' | 'json' {
  if (text === 'text' || text === 'json') return text;
  throw new UsageError(`--format: ${JSON.stringify(text)} is neither text nor json`, 'give one of them');
}
