/** What a workflow asks the action for. GitHub hands inputs over as environment variables, so that no shell reads them. */

/** The inputs of action.yml; an empty text is none. */
export interface Inputs {
  readonly target: string;
  readonly from: string;
  readonly state: string;
  /** Further options of `verify`, each a word of its own. */
  readonly options: readonly string[];
  readonly output: string;
  readonly failOn: string;
  /** As it is given: `true` or `false`. */
  readonly sarif: string;
  /** Of the workflow; for the upload of SARIF alone. */
  readonly token: string;
}

/** The environment of the action. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the inputs as GitHub names them: `fail-on` is INPUT_FAIL-ON. White space around a value is no part of it. */
export function readInputs(environment: Environment): Inputs {
  const input = (name: string): string => environment[`INPUT_${name.toUpperCase()}`] ?? '';
  return {
    target: input('target').trim(),
    from: input('from').trim(),
    state: input('state').trim(),
    options: input('arguments')
      .split('\n')
      .map((line) => line.replace(/\r$/, ''))
      .filter((line) => line !== ''),
    output: input('output').trim(),
    failOn: input('fail-on').trim(),
    sarif: input('sarif').trim().toLowerCase(),
    token: input('token').trim(),
  };
}

/** The environment without the inputs: a token is no business of the command. */
export function environmentOfCommand(environment: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('INPUT_')));
}

/** The arguments of the command. The target is behind two dashes: there it is no option, whatever it begins with. */
export function commandArguments({
  target,
  from,
  state,
  options,
  output,
  failOn,
}: Inputs): readonly string[] {
  // The identity that a runner makes for itself goes with it: the next run would refuse a state that it signed.
  const saysWhoSigns = options.some((option) => /^--(?:no-)?sign/.test(option));
  return [
    'verify',
    ...['--output', output, '--also', 'html,junit,sarif', '--fail-on', failOn, '--format', 'markdown'],
    ...(from === '' ? [] : ['--from', from]),
    ...(state === '' ? [] : ['--state', state]),
    ...options,
    ...(saysWhoSigns ? [] : ['--no-sign']),
    '--',
    target,
  ];
}
