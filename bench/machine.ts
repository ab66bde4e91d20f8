import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem, type } from 'node:os';
import { awsCliVersion } from '../test/differential/aws-cli.ts';

/** The machine and the programs that figures come from. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly node: string;
  readonly openssl: string;
  readonly awsCli: string;
  readonly gcc: string;
}

/** This machine. */
export function describeMachine(): Machine {
  const aws = awsCliVersion();
  const gcc = spawnSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' });
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${process.arch}`,
    node: process.versions.node,
    openssl: process.versions.openssl,
    awsCli: 'version' in aws ? aws.version : 'none',
    gcc: gcc.error === undefined ? gcc.stdout.trim() : 'none',
  };
}

/** The same in one line of words. */
export function machineWords(machine: Machine): string {
  const { cpu, cores, memoryGB, system, node, openssl, awsCli, gcc } = machine;
  return `${cores} cores of ${cpu}, ${memoryGB} GB, ${system}; Node ${node} (OpenSSL ${openssl}), aws-cli ${awsCli}, gcc ${gcc}`;
}
