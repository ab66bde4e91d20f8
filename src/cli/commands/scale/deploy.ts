import { asciiJson } from '../../../base/json.ts';
import { stateMachine } from '../../../scale/deploy/machine.ts';
import type { Deployment } from '../../../scale/deploy/names.ts';
import { policyOf, ROLES } from '../../../scale/deploy/policies.ts';
import { EXIT } from '../../io/exit.ts';
import type { Terminal } from '../../io/terminal.ts';
import type { DeployIamSettings } from './deploy-options.ts';

/** Prints the state machine of a deployment; returns the exit code. */
export async function deployAslCommand(deployment: Deployment, terminal: Terminal): Promise<number> {
  terminal.out.write(`${asciiJson(stateMachine(deployment), 2)}\n`);
  return EXIT.valid;
}

/** Prints the policy of one role, or of each by its name; returns the exit code. */
export async function deployIamCommand(
  { role, ...request }: DeployIamSettings,
  terminal: Terminal,
): Promise<number> {
  const printed =
    role === undefined
      ? Object.fromEntries(ROLES.map((one) => [one, policyOf(one, request)]))
      : policyOf(role, request);
  terminal.out.write(`${asciiJson(printed, 2)}\n`);
  return EXIT.valid;
}
