import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsCliVersion } from '../../test/differential/aws-cli.ts';
import { NOW } from '../data/trail-shape.ts';
import { type ProcessSample, runProcess } from '../measured-process.ts';
import { mustBe } from '../row.ts';
import { SCRATCH } from '../scratch.ts';
import { TRAIL_ARN } from '../server/cloudtrail.ts';
import { awsEnvironment, type Expected } from '../verify-run.ts';

export { awsCliVersion };

/** Runs the unmodified `aws cloudtrail validate-logs` on everything that ended after `from` (milliseconds since the epoch). */
export async function runValidateLogs(url: string, from: number, expected: Expected): Promise<ProcessSample> {
  mkdirSync(SCRATCH, { recursive: true });
  const config = join(SCRATCH, 'aws-config');
  // Without this a bucket would be looked for at a host name of its own.
  writeFileSync(config, '[default]\ns3 =\n    addressing_style = path\n');
  const times = ['--start-time', new Date(from).toISOString(), '--end-time', new Date(NOW).toISOString()];
  const kept = Object.entries(process.env).filter(([name]) => !/^AWS_|_proxy$/i.test(name));
  const env = {
    ...Object.fromEntries(kept),
    ...awsEnvironment(),
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: config,
    AWS_ENDPOINT_URL_S3: url,
    AWS_ENDPOINT_URL_CLOUDTRAIL: url,
    AWS_PAGER: '',
    PYTHONWARNINGS: 'ignore',
    NO_PROXY: '*',
  };
  const sample = await runProcess(
    'aws',
    ['cloudtrail', 'validate-logs', '--trail-arn', TRAIL_ARN, ...times],
    env,
  );
  if (sample.exitCode !== 0) throw new Error(`validate-logs ended with ${sample.exitCode}: ${sample.error}`);
  const { digests, logs } = expected;
  mustBe(
    'what validate-logs found',
    sample.out.split('\n').filter((line) => line.includes('valid')),
    [`${digests}/${digests} digest files valid`, `${logs}/${logs} log files valid`],
  );
  return sample;
}
