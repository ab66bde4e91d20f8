import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{escapeMarkup}from"./chunk-KCBNE5ZM.js";import{createHash}from"node:crypto";var VOID=new Set(["meta","input"]);function element(name,attributes={},...contents){let tag=`<${name}`;for(let[key,value]of Object.entries(attributes))value!==void 0&&(tag+=value===!0?` ${key}`:` ${key}="${escapeMarkup(String(value))}"`);return{markup:VOID.has(name)?`${tag}>`:`${tag}>${together(contents).markup}</${name}>`}}function together(contents){let parts=[];return collect(contents,parts),{markup:parts.join("")}}function collect(content,parts){if(!(content===void 0||content===!1))if(typeof content=="string")parts.push(escapeMarkup(content));else if("markup"in content)parts.push(content.markup);else for(let part of content)collect(part,parts)}function trusted(markup){return{markup}}var LINE_END=trusted(`
`);function section(id,heading,...contents){let headingId=`${id}-heading`;return element("section",{id,"aria-labelledby":headingId},element("h2",{id:headingId},heading),contents)}function wholePage(title,parts,...body){let head=element("head",{},element("meta",{charset:"utf-8"}),element("meta",{"http-equiv":"Content-Security-Policy",content:contentSecurityPolicy(parts)}),element("meta",{name:"referrer",content:"no-referrer"}),element("meta",{name:"viewport",content:"width=device-width, initial-scale=1"}),element("title",{},title),element("style",{},trusted(parts.style))),script=parts.script!==void 0&&element("script",{},trusted(parts.script)),page=element("html",{lang:"en"},LINE_END,head,LINE_END,element("body",{},...body,script));return together([trusted(`<!doctype html>
`),page,LINE_END]).markup}function contentSecurityPolicy({style,script}){let sha256=text=>`'sha256-${createHash("sha256").update(text).digest("base64")}'`,scripts=script===void 0?"":` script-src ${sha256(script)};`;return`default-src 'none'; style-src ${sha256(style)};${scripts} base-uri 'none'; form-action 'none'`}var VERDICT_SIGN={VALID:"\u2713",INVALID:"\u2717",INCONCLUSIVE:"?"};function verdictWord(verdict,words){return element("p",{class:"word"},element("span",{"aria-hidden":"true"},`${VERDICT_SIGN[verdict]} `),words)}function factsList(facts){return element("dl",{},facts.map(fact=>fact&&[LINE_END,element("dt",{},fact[0]),element("dd",{},fact[1])]))}function table(caption,columns,rows){let heads=columns.map(([name,kind])=>element("th",{scope:"col",class:kind},name));return element("div",{class:"scroll",role:"region",tabindex:0,"aria-label":caption},element("table",{},element("caption",{},caption),element("thead",{},element("tr",{},heads)),element("tbody",{},rows)))}var LONG_LIST=20;function longList(what,where,content){return together([element("details",{class:"list"},element("summary",{},what),content),element("p",{class:"on-paper"},`${what}: not printed here, but in ${where}.`)])}function cell(content,kind){return element("td",{class:kind},content)}function commands(...lines){return element("pre",{},element("code",{},together(lines.map(line=>[line,LINE_END]))))}var STYLE=`
:root { color-scheme: light dark; --ground: #ffffff; --raised: #f6f8fa; --text: #1b1f24; --faint: #57606a; --line: #8c959f;
  --soft: #d0d7de; --link: #0550ae; --good: #116329; --good-ground: #e6f6ea; --bad: #a40e26; --bad-ground: #ffebe9;
  --doubtful: #744500; --doubtful-ground: #fff6d6; --verified: #2c8a47; --tampered: #cf222e; --missing: #7341c4;
  --uncovered: #b35900; --unproven: #8a6d00; --ink: #ffffff; --unknown: #eaeef2; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --raised: #161b22; --text: #e6edf3; --faint: #a3adb8; --line: #6e7681; --soft: #30363d;
    --link: #79c0ff; --good: #7ee2a0; --good-ground: #10301c; --bad: #ffa198; --bad-ground: #3c1216; --doubtful: #f2cc60;
    --doubtful-ground: #33270a; --verified: #3fa55c; --tampered: #ff6a5f; --missing: #b083f0; --uncovered: #f0883e;
    --unproven: #d9b23b; --ink: #0d1117; --unknown: #21262d; }
}
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, "Segoe UI", "Liberation Sans", sans-serif; background: var(--ground); color: var(--text); }
body { overflow-wrap: anywhere; max-width: 70rem; margin: 0 auto; padding: 1rem 1.25rem 3rem; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--soft); }
h3 { font-size: 1rem; margin: 1.5rem 0 .3rem; overflow-wrap: anywhere; }
p { margin: .4rem 0; max-width: 50rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem; background: var(--ground); }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0; margin: .8rem 0; }
.verdict { padding: 1rem 1.2rem; border: 2px solid; border-radius: .4rem; }
.verdict .word { font-size: 1.9rem; font-weight: 700; line-height: 1.2; margin: 0; }
.verdict p + p { color: var(--text); }
.VALID { color: var(--good); background: var(--good-ground); }
.INVALID { color: var(--bad); background: var(--bad-ground); }
.INCONCLUSIVE { color: var(--doubtful); background: var(--doubtful-ground); }
.authoritative { border-left: 4px solid var(--line); padding-left: .8rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: .5rem 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
code, pre { font-family: ui-monospace, "SFMono-Regular", Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace, monospace; font-size: .88em; }
pre code { font-size: 1em; }
code { direction: ltr; unicode-bidi: isolate; overflow-wrap: anywhere; }
pre { background: var(--raised); border: 1px solid var(--soft); border-radius: .3rem; padding: .7rem .9rem; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: .5rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .5rem 0; }
caption { text-align: left; color: var(--faint); padding: .2rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--soft); }
thead th { border-bottom: 2px solid var(--line); white-space: nowrap; }
th[scope="row"] { font-weight: 400; min-width: 14rem; }
td code { display: inline-block; min-width: 9rem; }
.number { text-align: right; white-space: nowrap; padding-right: 1.2rem; }
.time { white-space: nowrap; }
.facts { color: var(--faint); overflow-wrap: anywhere; }
.weight { font-weight: 600; white-space: nowrap; }
.violation, .open { color: var(--bad); }
.unproven-word { color: var(--doubtful); }
.note-word { color: var(--faint); }
.whole { color: var(--good); }
summary { cursor: pointer; color: var(--link); }
.cause { font-weight: 600; }
.group { border-left: 4px solid var(--line); padding-left: .9rem; margin: 1.2rem 0; }
.group h3 { margin-top: 0; }
.violation-group { border-left-color: var(--tampered); }
.unproven-group { border-left-color: var(--uncovered); }
.examples { margin: .4rem 0; padding-left: 1.2rem; }
.examples li { margin: .25rem 0; }
details.list > summary { padding: .3rem 0; font-weight: 600; }
.on-paper { display: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.matrix { width: auto; }
.matrix thead th { vertical-align: bottom; padding-right: 0; }
.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }
.matrix thead th:first-child { padding-right: 1rem; }
.matrix th[scope="row"] { min-width: 9rem; white-space: nowrap; }
.place { text-align: center; min-width: 2rem; padding: .2rem .3rem; font-weight: 700; border: 2px solid var(--ground); position: relative; }
.legend .place { display: inline-block; line-height: 1.2; }
.ok-place { color: var(--good); background: var(--good-ground); }
.bad-place { color: var(--bad); background: var(--bad-ground); }
.open-place { color: var(--doubtful); background: var(--doubtful-ground); }
.none-place { color: var(--faint); }
.legend { list-style: none; padding: 0; margin: .6rem 0; display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; font-size: .9rem; }
figure { margin: .8rem 0; }
figcaption { margin-bottom: .2rem; }
.definitions { position: absolute; }
.timeline { vertical-align: middle; }
.timeline .unknown { fill: var(--unknown); }
.timeline .verified { fill: var(--verified); }
.timeline .tampered { fill: url(#fill-tampered); }
.timeline .missing { fill: url(#fill-missing); }
.timeline .uncovered { fill: url(#fill-uncovered); }
.timeline .unproven { fill: url(#fill-unproven); }
.timeline text { font-size: 11px; fill: var(--faint); }
.act path { stroke: var(--text); stroke-width: 1.6; fill: none; }
.act.refused path { stroke-dasharray: 2 2; }
.timeline .act text { fill: var(--text); }
.timeline .hour { text-anchor: end; }
.ground.tampered { fill: var(--tampered); }
.ground.missing { fill: var(--missing); }
.ground.uncovered { fill: var(--uncovered); }
.ground.unproven { fill: var(--unproven); }
.ink { stroke: var(--ink); stroke-width: .8; fill: none; }
.filter { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; align-items: center; padding: .7rem .9rem; background: var(--raised);
  border: 1px solid var(--soft); border-radius: .3rem; }
.filter[hidden] { display: none; }
.filter input[type="search"], .filter select, .filter button { font: inherit; padding: .2rem .4rem; color: inherit; background: var(--ground);
  border: 1px solid var(--line); border-radius: .2rem; max-width: 100%; }
fieldset { border: 0; padding: 0; margin: 0; display: flex; gap: .9rem; }
.filter p { flex-basis: 100%; margin: 0; }
.filter button { cursor: pointer; background: var(--raised); }
fieldset { flex-wrap: wrap; }
legend { float: left; padding: 0 .3rem 0 0; }
footer { margin-top: 2.5rem; padding-top: .6rem; border-top: 1px solid var(--soft); color: var(--faint); font-size: .9rem; }
@media print {
  @page { margin: 15mm; }
  html { font-size: 10.5pt; }
  body { max-width: none; padding: 0; }
  nav, .filter, .skip { display: none; }
  .scroll { overflow: visible; }
  svg { max-width: 100%; height: auto; }
  .verdict, .timeline, .timeline * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  tr, .verdict, figure, pre { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  thead { display: table-header-group; }
  a { color: inherit; }
  details:not([open]), summary { display: none; }
  .on-paper { display: block; }
  details[open] + .on-paper { display: none; }
  .place { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .group { break-inside: auto; }
  p { orphans: 3; widows: 3; }
}
@media screen and (max-width: 40rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
  body { padding: .8rem .8rem 2rem; }
  th[scope="row"] { min-width: 11rem; }
}
`;export{element,together,trusted,LINE_END,section,wholePage,verdictWord,factsList,table,LONG_LIST,longList,cell,commands,STYLE};
