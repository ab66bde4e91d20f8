/** Options whose value is a command, which may hold a PIN or name where one lies. */
const COMMANDS: ReadonlySet<string> = new Set(['--signer-cmd']);
const REDACTED = '(redacted)';

/** The arguments as a report may show them: without the user and password of an address, without the text of commands. */
export function redactArguments(args: readonly string[]): readonly string[] {
  return args.map((argument, at) => {
    if (COMMANDS.has(args[at - 1] ?? '')) return REDACTED;
    const [option = ''] = argument.split('=', 1);
    if (COMMANDS.has(option) && option.length < argument.length) return `${option}=${REDACTED}`;
    return argument.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, `$1${REDACTED}@`);
  });
}
