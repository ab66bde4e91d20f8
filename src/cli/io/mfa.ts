/** The code of an MFA device, typed at the terminal. */
import { escapeTerminal } from '../../render/escape.ts';
import type { AccessSettings } from '../options/access.ts';
import type { Terminal } from './terminal.ts';

/** The access of a command, which asks at its terminal for the code that a profile needs. */
export function askingAt(terminal: Terminal, access: AccessSettings): AccessSettings {
  const mfaCode = (serial: string, profile: string): Promise<string | undefined> =>
    terminal.readSecret(
      `Code of the MFA device ${escapeTerminal(serial)} for profile ${escapeTerminal(profile)}: `,
    );
  return { ...access, mfaCode };
}
