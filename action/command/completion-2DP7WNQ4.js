import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{shellQuoted}from"./chunk-KCBNE5ZM.js";import{EXIT}from"./chunk-PBJGGG3S.js";import"./chunk-P3L3OJW5.js";var FILES=new Set(["file","file or uri","place","prefix","proof","report.json"]),FOLDERS=new Set(["bag","dir","folder","target"]);function commandTree(command,words=[]){let help=command.createHelp();return{words,summary:command.summary()||command.description(),description:command.description(),usage:help.commandUsage(command),options:help.visibleOptions(command).map(option=>({long:option.long??option.short??option.flags,short:option.short,flags:option.flags,description:help.optionDescription(option),value:valueOfOption(option)})),arguments:command.registeredArguments.map(argument=>({term:help.argumentTerm(argument),description:help.argumentDescription(argument),value:readValue(argument.name(),argument)})),commands:help.visibleCommands(command).map(below=>commandTree(below,[...words,below.name()]))}}function everyCommand(tree){return[tree,...tree.commands.flatMap(everyCommand)]}function valueOfOption(option){let[,name]=/[<[](.+?)(?:\.\.\.)?[>\]]/.exec(option.flags)??[];return name===void 0?void 0:readValue(name,option)}function readValue(name,{argChoices:choices=[]}){if(choices.length>0)return{name,kind:"choice",choices};let kind=FILES.has(name)?"file":FOLDERS.has(name)?"folder":"other";return{name,kind,choices}}function completionScript(tree,shell){let commands=everyCommand(tree);for(let word of commands.flatMap(wordsOf))if(!/^[\w.-]+$/.test(word))throw new Error(`${JSON.stringify(word)} cannot be completed`);return SCRIPTS[shell](commands)}var SCRIPTS={bash:bashScript,zsh:zshScript,fish:fishScript,powershell:powershellScript};function wordsOf({words,options,arguments:places}){let values=[...options.map(({value})=>value),...places.map(({value})=>value)];return[...words,...options.flatMap(flagsOf),...values.flatMap(value=>value?.choices??[])]}function flagsOf({long,short}){return short===void 0||short===long?[long]:[long,short]}function placeOf({words}){return words.join(" ")}function steps(commands){return commands.filter(({words})=>words.length>0).map(({words})=>`${words.slice(0,-1).join(" ")} ${words.at(-1)}`)}function bashScript(commands){let values=commands.flatMap(command=>command.options.flatMap(option=>option.value===void 0?[]:[`${caseOf(command,option)}) ${bashValue(option.value)}; return ;;`])),places=commands.map(command=>{let words=[...command.commands.map(({words:words2})=>words2.at(-1)??""),...command.options.flatMap(flagsOf)],[first]=command.arguments,further=first===void 0||first.value.kind==="other"?"":`; ${bashValue(first.value)}`;return`${shellQuoted(placeOf(command))}) case $cur in -*) _trail_verify_words ${words.filter(word=>word.startsWith("-")).join(" ")} ;; *) _trail_verify_words ${words.join(" ")}${further} ;; esac ;;`});return`# bash completion of trail-verify: put it where bash-completion looks, or source it.
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
      ${steps(commands).map(shellQuoted).join(" | ")}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place $before" in
    ${values.join(`
    `)}
  esac
  case $place in
    ${places.join(`
    `)}
  esac
}
complete -F _trail_verify trail-verify
`}function caseOf(command,option){return flagsOf(option).map(flag=>shellQuoted(`${placeOf(command)} ${flag}`)).join(" | ")}function bashValue({kind,choices}){return kind==="choice"?`_trail_verify_words ${choices.join(" ")}`:kind==="other"?":":`_trail_verify_files ${kind==="folder"?"-d":"-f"}`}function zshScript(commands){let values=commands.flatMap(command=>command.options.flatMap(option=>option.value===void 0?[]:[`(${caseOf(command,option)}) ${zshValue(option.value)}; return ;;`])),places=commands.map(command=>{let below=command.commands.map(({words,summary})=>zshItem(words.at(-1)??"",summary)),options=command.options.flatMap(option=>flagsOf(option).map(flag=>zshItem(flag,option.description))),[first]=command.arguments;return[`(${shellQuoted(placeOf(command))})`,`      commands=(${below.join(" ")})`,`      options=(${options.join(" ")})`,`      [[ $PREFIX == -* ]] || ${first===void 0?":":zshValue(first.value)} ;;`].join(`
`)});return`#compdef trail-verify
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
      (${steps(commands).map(shellQuoted).join(" | ")}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place $before" in
    ${values.join(`
    `)}
  esac
  case $place in
    ${places.join(`
    `)}
  esac
  if [[ $PREFIX != -* ]] && (( $#commands > 0 )); then _describe command commands; fi
  _describe option options
}
if [[ $funcstack[1] == _trail-verify ]]; then
  _trail-verify "$@"
else
  compdef _trail-verify trail-verify
fi
`}function zshItem(word,description){return shellQuoted(`${word}:${description.replaceAll("\\","\\\\").replaceAll(":","\\:")}`)}function zshValue({kind,choices}){return kind==="choice"?`compadd -- ${choices.join(" ")}`:kind==="other"?":":kind==="folder"?"_files -/":"_files"}function fishScript(commands){let lines=commands.flatMap(command=>{let at=`complete -c trail-verify -n '__trail_verify_at "${placeOf(command)}"'`,below=command.commands.map(({words,summary})=>`${at} -a ${words.at(-1)} -d ${fishQuoted(summary)}`),options=command.options.map(({long,short,description,value})=>{let name=`-l ${long.replace(/^-+/,"")}${short===void 0||short===long?"":` -s ${short.slice(1)}`}`;return`${at} ${name}${value===void 0?"":fishValue(value)} -d ${fishQuoted(description)}`}),[first]=command.arguments,places=first===void 0||first.value.kind==="other"?[]:[`${at}${fishValue(first.value).replace(" -x","").replace(" -r","")}`];return[...below,...options,...places]});return`# fish completion of trail-verify: a file called trail-verify.fish in ~/.config/fish/completions.
function __trail_verify_at
    set -l place ''
    for word in (commandline -opc)[2..-1]
        switch "$place $word"
            case ${steps(commands).map(fishQuoted).join(" ")}
                set place (string trim -- "$place $word")
        end
    end
    test "$place" = "$argv[1]"
end
complete -c trail-verify -f
${lines.join(`
`)}
`}function fishQuoted(text){return`'${text.replaceAll("\\","\\\\").replaceAll("'","\\'")}'`}function fishValue({kind,choices}){return kind==="choice"?` -x -a '${choices.join(" ")}'`:kind==="other"?" -x":kind==="folder"?" -x -a '(__fish_complete_directories (commandline -ct))'":" -r -F"}function powershellScript(commands){let list=words=>`@(${words.map(powershellQuoted).join(", ")})`,places=commands.map(command=>{let words=[...command.commands.map(({words:words2})=>words2.at(-1)??""),...command.options.flatMap(flagsOf)];return`    ${powershellQuoted(placeOf(command))} = ${list(words)}`}),values=commands.flatMap(command=>command.options.flatMap(option=>option.value===void 0?[]:flagsOf(option).map(flag=>`    ${powershellQuoted(`${placeOf(command)} ${flag}`)} = ${list(option.value?.choices??[])}`)));return`# PowerShell completion of trail-verify: dot-source it in $PROFILE. Where it offers nothing, PowerShell offers files.
Register-ArgumentCompleter -Native -CommandName trail-verify -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @{
${places.join(`
`)}
  }
  $values = @{
${values.join(`
`)}
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
`}function powershellQuoted(text){return`'${text.replaceAll("'","''")}'`}async function completionCommand({shell},program,terminal){return terminal.out.write(completionScript(commandTree(program),shell)),EXIT.valid}export{completionCommand};
