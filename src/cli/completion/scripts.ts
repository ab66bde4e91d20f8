/**
 * Completion scripts for shells, made of the command line as it is. Each script first finds the command that the words so far call,
 * and offers what belongs there: the choices of an option, files where it takes one, commands, options. It runs nothing of this
 * program. In bash, for `report render --format`:
 *
 *     'report render --format') _trail_verify_words html markdown junit sarif ocsf csv text json ;;
 */
import { shellQuoted } from '../../base/shell-word.ts';
import { everyCommand, type TreeCommand, type TreeOption, type TreeValue } from './command-tree.ts';

/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** One of the shells that there is a script for. */
export type Shell = (typeof SHELLS)[number];

/** The script for one shell, of the whole command line. Throws where a word of it would need quoting. */
export function completionScript(tree: TreeCommand, shell: Shell): string {
  const commands = everyCommand(tree);
  for (const word of commands.flatMap(wordsOf))
    if (!/^[\w.-]+$/.test(word)) throw new Error(`${JSON.stringify(word)} cannot be completed`);
  return SCRIPTS[shell](commands);
}

const SCRIPTS: Readonly<Record<Shell, (commands: readonly TreeCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

function wordsOf({ words, options, arguments: places }: TreeCommand): readonly string[] {
  const values = [...options.map(({ value }) => value), ...places.map(({ value }) => value)];
  return [...words, ...options.flatMap(flagsOf), ...values.flatMap((value) => value?.choices ?? [])];
}

function flagsOf({ long, short }: TreeOption): readonly string[] {
  return short === undefined || short === long ? [long] : [long, short];
}

/** The words that call a command, as scripts name it. */
function placeOf({ words }: TreeCommand): string {
  return words.join(' ');
}

/** Each command but the program, with the one above it: `report verify`, or ` verify`. */
function steps(commands: readonly TreeCommand[]): readonly string[] {
  return commands
    .filter(({ words }) => words.length > 0)
    .map(({ words }) => `${words.slice(0, -1).join(' ')} ${words.at(-1)}`);
}

function bashScript(commands: readonly TreeCommand[]): string {
  const values = commands.flatMap((command) =>
    command.options.flatMap((option) =>
      option.value === undefined ? [] : [`${caseOf(command, option)}) ${bashValue(option.value)}; return ;;`],
    ),
  );
  const places = commands.map((command) => {
    const words = [
      ...command.commands.map(({ words }) => words.at(-1) ?? ''),
      ...command.options.flatMap(flagsOf),
    ];
    const [first] = command.arguments;
    const further = first === undefined || first.value.kind === 'other' ? '' : `; ${bashValue(first.value)}`;
    return `${shellQuoted(placeOf(command))}) case $cur in -*) _trail_verify_words ${words.filter((word) => word.startsWith('-')).join(' ')} ;; *) _trail_verify_words ${words.join(' ')}${further} ;; esac ;;`;
  });
  return `# bash completion of trail-verify: put it where bash-completion looks, or source it.
_trail_verify_words() {
  local word
  for word in "$@"; do
    case $word in "$cur"*) COMPREPLY+=("$word") ;; esac
  done
}
_trail_verify_files() {
  local word
  if type compopt >/dev/null 2>&1; then compopt -o filenames 2>/dev/null; fi
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$cur")
}
_trail_verify() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before='' place='' word number
  COMPREPLY=()
  if ((COMP_CWORD > 0)); then before=\${COMP_WORDS[COMP_CWORD - 1]}; fi
  # bash parts --option=value into three words.
  if [ "$cur" = '=' ]; then
    cur=''
  elif [ "$before" = '=' ] && ((COMP_CWORD > 1)); then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((number = 1; number < COMP_CWORD; number++)); do
    word=\${COMP_WORDS[number]}
    case "$place $word" in
      ${steps(commands).map(shellQuoted).join(' | ')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place $before" in
    ${values.join('\n    ')}
  esac
  case $place in
    ${places.join('\n    ')}
  esac
}
complete -F _trail_verify trail-verify
`;
}

function caseOf(command: TreeCommand, option: TreeOption): string {
  return flagsOf(option)
    .map((flag) => shellQuoted(`${placeOf(command)} ${flag}`))
    .join(' | ');
}

function bashValue({ kind, choices }: TreeValue): string {
  if (kind === 'choice') return `_trail_verify_words ${choices.join(' ')}`;
  if (kind === 'other') return ':';
  return `_trail_verify_files ${kind === 'folder' ? '-d' : '-f'}`;
}

function zshScript(commands: readonly TreeCommand[]): string {
  const values = commands.flatMap((command) =>
    command.options.flatMap((option) =>
      option.value === undefined ? [] : [`(${caseOf(command, option)}) ${zshValue(option.value)}; return ;;`],
    ),
  );
  const places = commands.map((command) => {
    const below = command.commands.map(({ words, summary }) => zshItem(words.at(-1) ?? '', summary));
    const options = command.options.flatMap((option) =>
      flagsOf(option).map((flag) => zshItem(flag, option.description)),
    );
    const [first] = command.arguments;
    return [
      `(${shellQuoted(placeOf(command))})`,
      `      commands=(${below.join(' ')})`,
      `      options=(${options.join(' ')})`,
      `      [[ $PREFIX == -* ]] || ${first === undefined ? ':' : zshValue(first.value)} ;;`,
    ].join('\n');
  });
  return `#compdef trail-verify
# zsh completion of trail-verify: a file called _trail-verify in a folder of $fpath, or source it behind compinit.
_trail-verify() {
  local before=\${words[CURRENT-1]} place='' word
  local -a commands options
  if [[ $PREFIX == --*=* ]]; then
    before=\${PREFIX%%=*}
    compset -P '*='
  fi
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place $word" in
      (${steps(commands).map(shellQuoted).join(' | ')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place $before" in
    ${values.join('\n    ')}
  esac
  case $place in
    ${places.join('\n    ')}
  esac
  if [[ $PREFIX != -* ]] && (( $#commands > 0 )); then _describe command commands; fi
  _describe option options
}
if [[ $funcstack[1] == _trail-verify ]]; then
  _trail-verify "$@"
else
  compdef _trail-verify trail-verify
fi
`;
}

/** A word with its description, as _describe takes them. */
function zshItem(word: string, description: string): string {
  return shellQuoted(`${word}:${description.replaceAll('\\', '\\\\').replaceAll(':', '\\:')}`);
}

function zshValue({ kind, choices }: TreeValue): string {
  if (kind === 'choice') return `compadd -- ${choices.join(' ')}`;
  if (kind === 'other') return ':';
  return kind === 'folder' ? '_files -/' : '_files';
}

function fishScript(commands: readonly TreeCommand[]): string {
  const lines = commands.flatMap((command) => {
    const at = `complete -c trail-verify -n '__trail_verify_at "${placeOf(command)}"'`;
    const below = command.commands.map(
      ({ words, summary }) => `${at} -a ${words.at(-1)} -d ${fishQuoted(summary)}`,
    );
    const options = command.options.map(({ long, short, description, value }) => {
      const name = `-l ${long.replace(/^-+/, '')}${short === undefined || short === long ? '' : ` -s ${short.slice(1)}`}`;
      return `${at} ${name}${value === undefined ? '' : fishValue(value)} -d ${fishQuoted(description)}`;
    });
    const [first] = command.arguments;
    const places =
      first === undefined || first.value.kind === 'other'
        ? []
        : [`${at}${fishValue(first.value).replace(' -x', '').replace(' -r', '')}`];
    return [...below, ...options, ...places];
  });
  return `# fish completion of trail-verify: a file called trail-verify.fish in ~/.config/fish/completions.
function __trail_verify_at
    set -l place ''
    for word in (commandline -opc)[2..-1]
        switch "$place $word"
            case ${steps(commands).map(fishQuoted).join(' ')}
                set place (string trim -- "$place $word")
        end
    end
    test "$place" = "$argv[1]"
end
complete -c trail-verify -f
${lines.join('\n')}
`;
}

/** A text in single quotes of fish, which knows two escapes in them. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function fishValue({ kind, choices }: TreeValue): string {
  if (kind === 'choice') return ` -x -a '${choices.join(' ')}'`;
  if (kind === 'other') return ' -x';
  return kind === 'folder' ? " -x -a '(__fish_complete_directories (commandline -ct))'" : ' -r -F';
}

function powershellScript(commands: readonly TreeCommand[]): string {
  const list = (words: readonly string[]): string => `@(${words.map(powershellQuoted).join(', ')})`;
  const places = commands.map((command) => {
    const words = [
      ...command.commands.map(({ words }) => words.at(-1) ?? ''),
      ...command.options.flatMap(flagsOf),
    ];
    return `    ${powershellQuoted(placeOf(command))} = ${list(words)}`;
  });
  const values = commands.flatMap((command) =>
    command.options.flatMap((option) =>
      option.value === undefined
        ? []
        : flagsOf(option).map(
            (flag) =>
              `    ${powershellQuoted(`${placeOf(command)} ${flag}`)} = ${list(option.value?.choices ?? [])}`,
          ),
    ),
  );
  return `# PowerShell completion of trail-verify: dot-source it in $PROFILE. Where it offers nothing, PowerShell offers files.
Register-ArgumentCompleter -Native -CommandName trail-verify -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @{
${places.join('\n')}
  }
  $values = @{
${values.join('\n')}
  }
  $place = ''
  $before = ''
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') { break }
    $before = $element.ToString()
    $next = "$place $before".Trim()
    if (-not $before.StartsWith('-') -and $words.ContainsKey($next)) { $place = $next }
  }
  $offered = if ($values.ContainsKey("$place $before")) { $values["$place $before"] } else { $words[$place] }
  $offered | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}

function powershellQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
