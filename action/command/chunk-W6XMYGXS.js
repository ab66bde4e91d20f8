import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{verifyTimestamp,verifyTimestampToken}from"./chunk-KZOHYSMX.js";import{MOST_REPORT_BYTES}from"./chunk-BIIKFF3H.js";import{BAG_OBJECTS,LONGEST_INDEX,PAYLOAD_MANIFEST,SIGNATURE_SUFFIX,TAG_MANIFEST,UNFINISHED_BAG,bagFolder,bagPath,formatManifest}from"./chunk-JMWKRSEQ.js";import{BAG_SUMMARY,OID,TrailVerifyError,asciiJson,countOfCode,escapeTerminal,formatKeyLine,giveNewName,messageOf,parseDigestKey,readVerifyScript,relocator,sha256,unwritable,verdictSentence,verifiedThroughSentence,verifySignedData,wasInterrupted}from"./chunk-KCBNE5ZM.js";import{isoTime,noteUnfinished,withUnfinished}from"./chunk-PBJGGG3S.js";import{createWriteStream}from"node:fs";import{lstat,stat}from"node:fs/promises";import path from"node:path";import{Readable,Transform}from"node:stream";import{pipeline}from"node:stream/promises";import{createGzip}from"node:zlib";var DIGEST_ROWS="data/digests.tsv",LOG_ROWS="data/logs.tsv",DIGEST_HEADER=`# file	outcome	counted	proof	fingerprint	digestEndTime	signed place	sha256	previousDigestSignature	previous sha256	previous file	successor file	chain
`,LOG_HEADER=`# file	outcome	counted	sha256	digest file	bucket	key	chain
`,OUTCOMES=new Set(["valid","invalid","missing","unproven"]),PROOFS=new Set(["own-signature","successor","none"]);function formatDigestRows(rows){let lines=rows.map(row=>[row.file,row.outcome,row.counted?"yes":"no",row.proof,row.fingerprint,row.end,row.place===void 0?void 0:escapeForPrintf(row.place),row.sha256,row.previousSignature,row.previousSha256,row.previousFile,row.successorFile,row.chain].map(value=>value??"-").join("	"));return DIGEST_HEADER+lines.map(line=>`${line}
`).join("")}function formatLogRows(rows){let lines=rows.map(({file,outcome,counted,sha256:sha2562,digestFile,bucket,key,chain})=>[file,outcome,counted?"yes":"no",sha2562,digestFile,inJson(bucket),inJson(key),chain].join("	"));return LOG_HEADER+lines.map(line=>`${line}
`).join("")}function parseDigestRows(text){return parseRows(text,DIGEST_HEADER,columns=>{let[file,outcome,counted,proof,fingerprint,end,place,sha2562,...rest]=columns,[previousSignature,previousSha256,previousFile,successorFile,chain,more]=rest;if(!(file===void 0||chain===void 0||more!==void 0)&&!(!isOutcome(outcome)||!isProof(proof)||!isFlag(counted)))return{file,outcome,counted:counted==="yes",proof,fingerprint:orNone(fingerprint),end:orNone(end),place:place===void 0||place==="-"?void 0:unescapeFromPrintf(place),sha256:orNone(sha2562),previousSignature:orNone(previousSignature),previousSha256:orNone(previousSha256),previousFile:orNone(previousFile),successorFile:orNone(successorFile),chain}})}function parseLogRows(text){return parseRows(text,LOG_HEADER,([file,outcome,counted,sha2562,digestFile,...rest])=>{let[bucketText="",keyText="",chain,more]=rest,bucket=fromJson(bucketText),key=fromJson(keyText);if(!(file===void 0||sha2562===void 0||digestFile===void 0)&&!(chain===void 0||more!==void 0||bucket===void 0||key===void 0)&&!(!isOutcome(outcome)||!isFlag(counted)))return{file,outcome,counted:counted==="yes",sha256:sha2562,digestFile,bucket,key,chain}})}var SIGN_ROWS="data/sign-files.tsv",RESULT_ROWS="data/results.tsv",SIGN_HEADER=`# file	outcome	proof	fingerprint	hashes
`,RESULT_HEADER=`# file	outcome	sha256	sign file
`;function signRow({outcome,signed},file){return{file,outcome,isProven:signed?.isProven===!0,fingerprint:signed?.fingerprint,hashes:signed?.text}}function resultRow({outcome,sha256:sha2562},file,signFile){return{file,outcome,sha256:sha2562,signFile}}function formatSignRows(rows){let lines=sorted(rows).map(({file,outcome,isProven,fingerprint="-",hashes="-"})=>[file,outcome,isProven?"own-signature":"none",fingerprint,hashes].join("	"));return SIGN_HEADER+lines.map(line=>`${line}
`).join("")}function formatResultRows(rows){let lines=sorted(rows).map(({file,outcome,sha256:sha2562,signFile})=>[file,outcome,sha2562,signFile].join("	"));return RESULT_HEADER+lines.map(line=>`${line}
`).join("")}function sorted(rows){return[...rows].sort((a,b)=>a.file<b.file?-1:1)}function parseSignRows(text){return parseRows(text,SIGN_HEADER,([file,outcome,proof,fingerprint,hashes,more])=>file===void 0||hashes===void 0||more!==void 0||!isOutcome(outcome)||proof!=="own-signature"&&proof!=="none"?void 0:{file,outcome,isProven:proof==="own-signature",fingerprint:orNone(fingerprint),hashes:orNone(hashes)})}function parseResultRows(text){return parseRows(text,RESULT_HEADER,([file,outcome,sha2562,signFile,more])=>{if(!(file===void 0||sha2562===void 0||signFile===void 0||more!==void 0))return isOutcome(outcome)?{file,outcome,sha256:sha2562,signFile}:void 0})}function parseRows(text,header2,read){if(!text.startsWith(header2)||!text.endsWith(`
`))return;let rows=[];for(let line of text.slice(header2.length).split(`
`).slice(0,-1)){let row=read(line.split("	"));if(row===void 0)return;rows.push(row)}return rows}function escapeForPrintf(text){return Array.from(Buffer.from(text,"utf8"),byte=>byte>32&&byte<127&&byte!==92?String.fromCharCode(byte):`\\0${byte.toString(8).padStart(3,"0")}`).join("")}function unescapeFromPrintf(text){let bytes=text.replace(/\\0([0-7]{3})/g,(_,octal)=>String.fromCharCode(Number.parseInt(octal,8)));return Buffer.from(bytes,"latin1").toString("utf8")}function inJson(text){return JSON.stringify(text).slice(1,-1)}function fromJson(text){try{let value=JSON.parse(`"${text}"`);return typeof value=="string"?value:void 0}catch{return}}function orNone(value){return value==="-"?void 0:value}function isOutcome(value){return value!==void 0&&OUTCOMES.has(value)}function isProof(value){return value!==void 0&&PROOFS.has(value)}function isFlag(value){return value==="yes"||value==="no"}function digestRows(digests,chains,relocations){let byPlace2=new Map(digests.map(facts=>[placeOf(facts.ref),facts])),successors=new Map,previousFile=new Map;for(let facts of digests){if(facts.digest?.previous===void 0)continue;let{bucket,key}=facts.digest.previous,previous=byPlace2.get(placeOf(relocations.toActual({bucket,key})));previous!==void 0&&(previousFile.set(facts,previous.file),successors.set(previous.file,[...successors.get(previous.file)??[],facts]))}return[...digests].sort((a,b)=>a.chain===b.chain?endOf(a)-endOf(b)||(a.file<b.file?-1:1):a.chain<b.chain?-1:1).map(facts=>{let{file,outcome,counted,chain,digest,sha256:sha2562,provenBy}=facts,recording=(successors.get(file)??[]).find(successor=>successor.provenBy!==void 0&&successor.digest?.previous?.sha256===sha2562);return{file,outcome,counted:counted&&chains.has(chain),proof:provenBy??"none",fingerprint:digest?.fingerprint,end:digest?.endTimeText,place:digest===void 0?void 0:placeOf(digest.location),sha256:sha2562,previousSignature:digest===void 0?void 0:digest.previous?.signature??"null",previousSha256:digest?.previous?.sha256,previousFile:previousFile.get(facts),successorFile:provenBy==="successor"?recording?.file:void 0,chain}})}function logRows(logs,digests,chains,fileOf){let order=new Map(digests.map(({file},at)=>[file,at])),rows=logs.flatMap(facts=>{let{file,outcome,chain,listed,digest}=facts,digestFile=fileOf(digest);if(digestFile===void 0)return[];let{bucket,key,sha256:sha2562}=listed;return[{file,outcome,counted:chains.has(chain),sha256:sha2562,digestFile,bucket,key,chain}]}),rank=({digestFile})=>order.get(digestFile)??0;return rows.sort((a,b)=>rank(a)-rank(b)||(a.file+a.key<b.file+b.key?-1:1))}function countedQueries(signFiles,results,{lake}){let sets=new Set(lake?.sets.map(({uri})=>uri)),isCounted=place=>sets.has(`s3://${place.slice(0,place.lastIndexOf("/")+1)}`),open=new Set,signRows=[...signFiles].map(([place,row])=>isCounted(place)?row:(open.add(row.file),{...row,outcome:"unproven",isProven:!1})),resultRows=results.map(row=>open.has(row.signFile)?{...row,outcome:"unproven"}:row);return{signRows,resultRows}}function placeOf({bucket,key}){return`${bucket}/${key}`}function endOf({digest,ref}){return digest?.endTime??parseDigestKey(ref.key)?.endTime??0}function bagTexts(facts){let lines=factsOf(facts);return new Map([["bagit.txt",`BagIt-Version: 1.0
Tag-File-Character-Encoding: UTF-8
`],["bag-info.txt",bagInfo(facts)],["VERIFY.md",howToVerifyText(facts,lines)],["CERTIFICATION.md",certificationText(facts,lines)]])}function factsOf({report,reportSha256,signer,timestamp,payload,script}){let{source,window,run,tool,evidence}=report,from=window.requested.from??"everything found";return[["result",escapeTerminal(verdictSentence(report))],["coverage",verifiedThroughSentence(report)],["examined",escapeTerminal(source.target)],["window",`${from} to ${window.requested.to}`],["run",`${escapeTerminal(run.id)}, ${run.started} to ${run.finished}`],["program",`trail-verify ${tool.version} on Node ${tool.node}`],["signed by",signer===void 0?"nobody":escapeTerminal(signer.name)],...signer===void 0?[]:[["  certificate SHA-256",signer.fingerprint]],["timestamp",timestamp===void 0?"none":`${timestamp.time} by ${escapeTerminal(timestamp.authority)}`],["report.json SHA-256",reportSha256],["manifest-sha256.txt SHA-256",evidence?.payloadManifestSha256??""],["verify.sh SHA-256",sha256(script)],["evidence",`${payload.files} files, ${payload.bytes} bytes`]]}function bagInfo({report,payload}){return`${[`Bag-Software-Agent: trail-verify ${report.tool.version}`,`Bagging-Date: ${report.run.finished.slice(0,10)}`,`External-Identifier: ${escapeTerminal(report.run.id)}`,`External-Description: Verification of AWS CloudTrail log files in ${escapeTerminal(report.source.target)}`,`Payload-Oxum: ${payload.bytes}.${payload.files}`].join(`
`)}
`}function certificationText({report,includesLogs},facts){let{digests,logs}=report.totals,count=(valid,invalid,missing,unproven)=>`${valid} valid, ${invalid} invalid, ${missing} missing, ${unproven} not proven`;return`# Certification (draft)

**This is a draft for a qualified person to complete, correct and sign. As it is, it certifies nothing: no program
can. That person must strike out everything that he or she does not know. Have counsel review it. Under Rule 902(11), to which
Rules 902(13) and (14) refer, the other side must have reasonable written notice and be able to inspect the record and
this certification.**

Certification of records generated by an electronic process, and of data copied from an electronic device, storage
medium or file (Federal Rules of Evidence 902(13) and 902(14); 28 U.S.C. 1746)

I, ______________________________, state:

1. **Who I am.** I am employed by ______________________________ as ______________________________. My training and
   experience that qualify me to make this certification are: ______________________________

2. **What was examined.** On ______________ I (or ______________, under my supervision) ran the program named below on the
   records named below. I had access to them by ______________________________

${codeBlock(facts)}
3. **The process.** AWS CloudTrail delivers log files, and every hour a digest file that lists the SHA-256 hash of
   each log file delivered in that hour. AWS signs each digest file (SHA-256 with RSA); the signature covers the digest's
   content, place and time, and the signature of the digest before it. The program read each digest file, checked AWS's
   signature with the public keys in \`data/keys\`, compared each digest with what its successor records of it, and
   compared the SHA-256 hash of each log file with the one in its digest.

4. **Why its result is accurate.** I satisfied myself that the process produces an accurate result by:
   - [ ] checking this bag with openssl as \`VERIFY.md\` describes, on ______________ with this conclusion:
         ______________________________
   - [ ] comparing the public keys with those that AWS lists, on ______________
   - [ ] ______________________________

5. **The result.** Digest files: ${count(digests.valid,digests.invalid,digests.missing,digests.unproven)}. Log files:
   ${count(logs.valid,logs.invalid,logs.missing,logs.unproven)}; ${logs.unlisted} in no digest. The findings are in
   \`report.json\`, one by one.

6. **Identity of the copy.** The digest files${includesLogs?" and log files":""} in \`data\` are as they were read. Each is identified by the SHA-256 hash that
   \`manifest-sha256.txt\` gives for it; the signed report gives the hash of that manifest.${includesLogs?"":" The log files are not part of this bag."}

7. **What the result does not show.** It is limited as \`report.json\` (limits) and \`VERIFY.md\` say. In particular, a log
   file that is proven is unchanged since AWS delivered it; whether its events are true or complete is not shown.

8. Corrections and additions: ______________________________

I declare under penalty of perjury that the foregoing is true and correct.
(Executed outside the United States: I declare under penalty of perjury under the laws of the United States of America
that the foregoing is true and correct.)

Executed on (date) ______________ at (place) ______________________________

Signature ______________________________   Name ______________________________
`}function howToVerifyText({report,includesLogs,signer,timestamp},facts){let regions=[...new Set(report.chains.map(({region})=>region))],authority=timestamp===void 0?"":" TSA-CA.pem";return`# How to check this evidence

This folder is an evidence bag (BagIt 1.0, RFC 8493): the report of an examination of AWS CloudTrail log files, and the
files that it rests on, byte for byte. It can be checked without the program that made it.

${codeBlock(facts)}
\`report.json\` is the authoritative result; everything else here leads to it or explains it. Its signature covers \`data\`,
and neither this text nor the other texts and renderings around it.

## What you need that this folder cannot give you

A bag cannot prove itself: who can change it can change all of it, this text included. So get these from elsewhere:

1. \`SIGNER.pem\`: the certificate of the report's signer, or of the authority that issued it. Ask the signer, and
   compare the fingerprint above by telephone or on paper.${signer===void 0?`
   This report is not signed: it proves no more than that its files belong together.`:""}
2. \`TSA-CA.pem\`: the root certificate of the timestamp authority.${timestamp===void 0?" Not needed: there is no timestamp.":""}
3. \`verify.sh\`: the one in the trail-verify package, which is the same in every bag of one version. Or read the one here:
   it is short.
4. CloudTrail's own public keys, if you want to rely on AWS rather than on the signer for them:
${regions.map(region=>`
       aws cloudtrail list-public-keys --region ${escapeTerminal(region)} --start-time ${report.window.requested.from??"2013-11-01"}`).join("")}

   Each key's Value must be that of the same Fingerprint in \`data/keys/list-public-keys.json\`.

## All of it in one command

In this folder:

    sh /path/to/verify.sh SIGNER.pem${authority}

The last line is the conclusion:

| last line begins with | it means | exit code |
|---|---|---|
| \`GENUINE\` | the bag is as it was signed; the line says the report's verdict | 0 for \`VALID\`, 1 for \`INVALID\`, 3 for \`INCONCLUSIVE\` |
| \`REFUSED\` | the bag is not what a trusted signer signed, or contradicts itself | 5 |
| \`UNPROVEN\` | it is not proven that the bag is as it was signed: see the lines with SKIP | 3 |

## Step by step, by hand

These commands were tried with OpenSSL 3.0. \`-binary\` is needed.

1. **When.** ${timestamp===void 0?"There is no timestamp: when the report was signed rests on the word of the signer.":"The timestamp covers the signature. The second command shows its time."}
${timestamp===void 0?"":`
       openssl ts -verify -data report.json.p7s -in report.json.p7s.tsr -CAfile TSA-CA.pem
       openssl ts -reply -in report.json.p7s.tsr -text
`}
2. **Who.** The signature covers the bytes of \`report.json\`. Years later, when the certificate has expired, add
   \`-attime\` and the time of the timestamp in seconds since 1970 to this command and to the one above.

       openssl cms -verify -binary -inform DER -in report.json.p7s -content report.json -CAfile SIGNER.pem -partial_chain -out /dev/null

3. **Which files.** The two hashes must be the same. Then every file must be as its manifest says, and there must be
   no further file.

       sed -n 's/.*"payloadManifestSha256": "\\(.*\\)".*/\\1/p' report.json; openssl dgst -sha256 -r manifest-sha256.txt
       sha256sum -c --quiet manifest-sha256.txt; wc -l < manifest-sha256.txt; find data -type f | wc -l

4. **AWS's signature of each digest file.** CloudTrail signs the end of the digest's time, its place, the SHA-256 of its
   uncompressed content and the signature of the digest before it.

       tab=$(printf '\\t')
       sed 1d data/digests.tsv | while IFS="$tab" read -r file outcome counted proof key end place sha256 previous rest; do
         hash=$(gzip -dc "$file" | openssl dgst -sha256 -r | cut -c1-64)
         printf '%s\\n%b\\n%s\\n%s' "$end" "$place" "$hash" "$previous" |
           openssl dgst -sha256 -verify "data/keys/$key.pem" -signature "$file.sig" | tr '\\n' ' '
         echo "$outcome $file"
       done

   \`Verified OK\` must appear before every digest that the report counts as valid by its own signature (\`proof\`).

5. **Each log file.** ${includesLogs?"The SHA-256 of its uncompressed content must be the `hashValue` in the digest that names it (`data/logs.tsv`).":"This bag holds no log files. For one from elsewhere, the SHA-256 of its uncompressed content must be the `hashValue` in the digest that names it."}

       gzip -dc LOG-FILE.json.gz | openssl dgst -sha256 -r
       gzip -dc DIGEST-FILE.json.gz | tr '{' '\\n' | grep -F LOG-FILE.json.gz
${report.lake===void 0?"":QUERY_STEP}
## What a witness said

Where there is a folder \`witness\`, it was put here later. It holds what a second copy of the events has of the times that the
report lacks: AWS's word over TLS, not signed by AWS, and never part of the verdict. \`witness/README.md\` says how it is checked.

## What it does not show

${report.limits.map(({text})=>`    ${escapeTerminal(text)}`).join(`
`)}
`}var QUERY_STEP=`
6. **Query results.** CloudTrail signs the SHA-256 of each result file, joined by spaces. The second command shows that of one
   file, which must be in the list of its sign file.

       tab=$(printf '\\t')
       sed 1d data/sign-files.tsv | while IFS="$tab" read -r file outcome proof key hashes; do
         printf '%s' "$hashes" | openssl dgst -sha256 -verify "data/keys/$key.pem" -signature "$file.sig" | tr '\\n' ' '
         echo "$outcome $file"
       done
       openssl dgst -sha256 -r RESULT-FILE.csv.gz
`;function codeBlock(facts){let width=Math.max(...facts.map(([label])=>label.length))+2;return facts.map(([label,value])=>`    ${label.padEnd(width)}${value}
`).join("")}function signatureFacts(report,signature,timestamp){if(signature===void 0){if(timestamp===void 0)return{signer:void 0,timestamp:void 0};throw new TrailVerifyError("EVIDENCE_INVALID","there is a timestamp, and no signature that it covers")}let signed=verifySignedData(signature,{type:OID.data,detached:report,mayHoldTimestamp:!0},"the signature"),{signer,timestampToken:token}=signed,embedded=token&&verifyTimestampToken(token,signed.signature,"the timestamp in the signature"),stamp=(timestamp&&verifyTimestamp(timestamp,signature,"the timestamp"))??embedded;return{signer:{name:signer.name,fingerprint:signer.fingerprint},timestamp:stamp&&{time:isoTime(stamp.time),authority:stamp.signer.name}}}var BagBuilder=class{#files;#includeLogs;#manifest=new Map;#objects=[];#digests=[];#logs=[];#signFiles=new Map;#results=[];#unread=[];#malformed=new Map;#bytes=0;#failure;constructor(files,{includeLogs}){this.#files=files,this.#includeLogs=includeLogs}async add(object){try{if(object.kind==="digest")await this.#addDigest(object);else if(object.kind==="sign-file")await this.#addSignFile(object);else if(this.#includeLogs)object.kind==="log"?await this.#addLog(object):await this.#addResult(object);else return}catch(error){throw this.#failure??={error},error}}addFinding(finding){let unread=unreadObject(finding);unread!==void 0&&this.#unread.push(unread);let malformed=malformedObject(finding);malformed!==void 0&&this.#malformed.set(placeOf(malformed),malformed)}async sealPayload({report,keys,meta={}}){if(this.#failure!==void 0)throw this.#failure.error;let unread=UNREAD_CODES.reduce((sum,code)=>sum+countOfCode(report,code),0);if(this.#unread.length!==unread)throw new TrailVerifyError("INTERNAL",`the bag received ${this.#unread.length} findings of unread objects, and its report counts ${unread}`);let chains=new Set(report.chains.map(({id})=>id)),relocations=relocator(report.source.relocated),digests=digestRows(this.#digests,chains,relocations);if(await this.#write(DIGEST_ROWS,formatDigestRows(digests)),this.#includeLogs){let files=new Map(this.#digests.map(({ref,file})=>[placeOf(ref),file])),rows=logRows(this.#logs,digests,chains,digest=>files.get(placeOf(digest)));await this.#write(LOG_ROWS,formatLogRows(rows))}if(this.#signFiles.size>0){let{signRows,resultRows}=countedQueries(this.#signFiles,this.#results,report);await this.#write(SIGN_ROWS,formatSignRows(signRows)),this.#includeLogs&&await this.#write(RESULT_ROWS,formatResultRows(resultRows))}for(let[path2,text2]of bagKeyFiles(keys))await this.#write(path2,text2);let objects=[...this.#objects,...this.#unread,...this.#tooLarge()].sort(byPlace);await this.#write(BAG_OBJECTS,indexOf(objects)),await this.#write(BAG_SUMMARY,`${asciiJson(this.#summary(report,objects),2)}
`);for(let[name,text2]of Object.entries(meta))await this.#write(`data/meta/${name}`,text2);let text=formatManifest(this.#manifest);return await this.#files.write(PAYLOAD_MANIFEST,text),sha256(Buffer.from(text))}addFile(path2,content){return this.#write(path2,content)}get payload(){return{files:this.#manifest.size,bytes:this.#bytes}}async sealTags(facts){let texts=bagTexts({...facts,payload:this.payload,includesLogs:this.#includeLogs});for(let[name,text]of texts)await this.#files.write(name,text);await this.#files.write("verify.sh",facts.script);let manifest=new Map;for(let{path:path2}of await this.#files.list()){if(path2.startsWith("data/")||path2===UNFINISHED_BAG.name)continue;let hashed=await this.#files.hash(path2);hashed!==void 0&&manifest.set(path2,hashed.sha256)}await this.#files.write(TAG_MANIFEST,formatManifest(manifest))}async#addDigest(object){let file=await this.#keep(object);if(file===void 0)return;let{signature}=object;signature!==void 0&&signature.length%2===0&&/^[0-9a-f]+$/.test(signature)&&await this.#write(file+SIGNATURE_SUFFIX,Buffer.from(signature,"hex"));let{stored:_stored,...facts}=object;this.#digests.push({...facts,file})}async#addLog(object){let file=await this.#keep(object);if(file===void 0)return;let{stored:_stored,...facts}=object;this.#logs.push({...facts,file})}async#addSignFile(object){let file=await this.#keep(object);if(file===void 0)return;let{signed}=object;signed!==void 0&&await this.#write(file+SIGNATURE_SUFFIX,Buffer.from(signed.signature,"hex")),this.#signFiles.set(placeOf(object.ref),signRow(object,file))}async#addResult(object){let file=await this.#keep(object),signFile=this.#signFiles.get(placeOf(object.signFile))?.file;file!==void 0&&signFile!==void 0&&this.#results.push(resultRow(object,file,signFile))}async#keep({kind,ref,stored}){let{bytes,metadata,lastModified,versionId,etag,storageClass}=stored,hash=sha256(bytes),wanted=bagPath(kind,ref),file=wanted;for(let next=2;this.#manifest.has(file);next+=1){if(this.#manifest.get(file)===hash)return kind==="digest"?void 0:file;file=wanted.replace(/(\.[a-z]+(?:\.gz)?)$/,`.${next}$1`)}return await this.#write(file,bytes,hash),this.#objects.push({kind,bucket:ref.bucket,key:ref.key,file,size:bytes.length,lastModified:lastModified===void 0?void 0:new Date(lastModified).toISOString(),versionId,etag,storageClass,metadata}),file}#tooLarge(){let kept=new Set(this.#objects.map(placeOf));return[...this.#malformed].flatMap(([place,object])=>kept.has(place)||object.kind==="log"&&!this.#includeLogs?[]:[object])}async#write(path2,content,hash){let bytes=typeof content=="string"?Buffer.from(content):content;this.#manifest.set(path2,hash??sha256(bytes)),this.#bytes+=bytes.length,await this.#files.write(path2,bytes)}#summary(report,objects){let completeness=!wasInterrupted(report.findings)?"complete":"partial",logsRead=report.limits.every(({code})=>code!=="LOGS_NOT_CHECKED");return{schema:"trail-verify/bag/v1",buckets:[...new Set(objects.map(({bucket})=>bucket))].sort(),digests:completeness,logs:this.#includeLogs&&logsRead?completeness:"none",window:report.window.requested}}},UNREAD={denied:"OBJECT_DENIED",archived:"OBJECT_ARCHIVED",undecryptable:"OBJECT_UNDECRYPTABLE"},UNREAD_KINDS={DIGEST_UNREADABLE:"digest",LOG_UNREADABLE:"log",LAKE_SIGN_FILE_UNREADABLE:"sign-file",LAKE_RESULT_UNREADABLE:"result"},UNREAD_CODES=["DIGEST_UNREADABLE","LOG_UNREADABLE","LAKE_SIGN_FILE_UNREADABLE","LAKE_RESULT_UNREADABLE"];function isUnread(finding){return Object.hasOwn(UNREAD_KINDS,finding.code)}function unreadObject(finding){if(!isUnread(finding))return;let{bucket,key}=finding.object,{reason,detail}=finding.evidence,kind=UNREAD_KINDS[finding.code],code=UNREAD[reason]??"OBJECT_UNREACHABLE";return{kind,bucket,key,size:0,unread:{code,message:detail}}}var MALFORMED_KINDS={DIGEST_MALFORMED:"digest",LOG_MALFORMED:"log",LAKE_SIGN_FILE_MALFORMED:"sign-file"};function isMalformed(finding){return Object.hasOwn(MALFORMED_KINDS,finding.code)}function malformedObject(finding){if(!isMalformed(finding))return;let{bucket,key}=finding.object,{evidence}=finding,message="problem"in evidence?evidence.problem:evidence.problems.join("; ");return{kind:MALFORMED_KINDS[finding.code],bucket,key,size:0,unread:{code:"OBJECT_TOO_LARGE",message}}}function indexOf(objects){let bytes=0,lines=[];for(let object of objects){let line=Buffer.from(`${asciiJson(object)}
`,"latin1");if(bytes+=line.length,bytes>LONGEST_INDEX)throw new TrailVerifyError("OUTPUT_NOT_WRITTEN",`the bag has more objects and metadata than its index may hold (${LONGEST_INDEX} bytes)`,{hint:"make several bags, each of a shorter window (--from, --to)"});lines.push(line)}return Buffer.concat(lines)}function byPlace(a,b){let[left,right]=[a,b].map(({kind,bucket,key,file=""})=>[kind,bucket,key,file].join(`
`));return(left??"")<(right??"")?-1:1}var BAG_KEYS="data/keys/";function bagKeyFiles(keys){let files=new Map,sorted2=[...keys].sort((a,b)=>`${a.fingerprint} ${a.region??""}`<`${b.fingerprint} ${b.region??""}`?-1:1);for(let{fingerprint,key}of sorted2)files.set(`${BAG_KEYS}${fingerprint}.pem`,key.export({type:"spki",format:"pem"}).toString());let listed=sorted2.flatMap(key=>key.validFrom===void 0?[]:[{...key,validFrom:key.validFrom}]),list=listed.map(({fingerprint,der,validFrom,validTo})=>({Value:Buffer.from(der).toString("base64"),ValidityStartTime:isoTime(validFrom),ValidityEndTime:validTo===void 0?void 0:isoTime(validTo),Fingerprint:fingerprint}));return listed.length===0||(files.set(`${BAG_KEYS}list-public-keys.json`,`${asciiJson({PublicKeyList:list},2)}
`),files.set(`${BAG_KEYS}keys.jsonl`,listed.map(key=>`${formatKeyLine(key)}
`).join(""))),files}var BLOCK=512,MOST_OCTAL=8589934591,LONGEST_NAME=100;async function*tarPieces(entries){let sorted2=[...entries].sort((a,b)=>Buffer.compare(Buffer.from(a.path),Buffer.from(b.path)));for(let{path:path2,size,content}of sorted2){let extended=paxRecords(path2,size);extended.length>0&&(yield header("PaxHeader",extended.length,"x"),yield padded(extended)),yield header(path2,size,"0");let length=0;for await(let piece of content())length+=piece.length,yield piece;if(length!==size)throw new TrailVerifyError("INTERNAL",`file ${path2} has ${length} bytes, and had ${size} before`);yield Buffer.alloc(-size&BLOCK-1)}yield Buffer.alloc(2*BLOCK)}function paxRecords(path2,size){let records=[...Buffer.byteLength(path2)>LONGEST_NAME?[paxRecord("path",path2)]:[],...size>MOST_OCTAL?[paxRecord("size",String(size))]:[]];return Buffer.concat(records)}function paxRecord(name,value){let rest=Buffer.from(` ${name}=${value}
`),length=rest.length;for(;String(length).length+rest.length!==length;)length=String(length).length+rest.length;return Buffer.concat([Buffer.from(String(length)),rest])}function header(path2,size,type){let block=Buffer.alloc(BLOCK);Buffer.from(path2).subarray(0,LONGEST_NAME).copy(block,0),block.write("0000644\0",100),block.write("0000000\0",108),block.write("0000000\0",116),block.write(`${(size>MOST_OCTAL?0:size).toString(8).padStart(11,"0")}\0`,124),block.write("00000000000\0",136),block.write("        ",148),block.write(type,156),block.write("ustar\x0000",257);let sum=block.reduce((total,byte)=>total+byte,0);return block.write(`${sum.toString(8).padStart(6,"0")}\0 `,148),block}function padded(bytes){return Buffer.concat([bytes,Buffer.alloc(-bytes.length&BLOCK-1)])}var MOST_SIGNATURE_BYTES=1024*1024;async function openBagOutput({includeLogs,archive},root,show){let archivePath=archive===void 0?void 0:path.resolve(archive);archivePath!==void 0&&await requireNewArchive(archivePath,path.resolve(show(root)));let folder=bagFolder(root,!0),builder=new BagBuilder(folder,{includeLogs});return await folder.write(UNFINISHED_BAG.name,UNFINISHED_BAG.content),{add:object=>builder.add(object),addFinding:finding=>builder.addFinding(finding),sealPayload:async(report,keyRing)=>{let meta={};report.trail!==void 0&&(meta["trail.json"]=`${asciiJson(report.trail,2)}
`),report.examiner!==void 0&&(meta["examiner.json"]=`${asciiJson(report.examiner,2)}
`);let payloadManifestSha256=await builder.sealPayload({report,keys:keyRing.used(),meta});return{...report,evidence:{payloadManifestSha256}}},sealTags:async report=>{let bytes=await folder.read("report.json",MOST_REPORT_BYTES);if(bytes===void 0)throw new TrailVerifyError("OUTPUT_NOT_USABLE",`report.json in ${root} cannot be read again`);let signature=await folder.read("report.json.p7s",MOST_SIGNATURE_BYTES),timestamp=await folder.read("report.json.p7s.tsr",MOST_SIGNATURE_BYTES),facts=signatureFacts(bytes,signature,timestamp),script=await readVerifyScript();await builder.sealTags({report,reportSha256:sha256(bytes),...facts,script}).catch(error=>Promise.reject(incomplete(error))),await folder.remove([UNFINISHED_BAG.name]);let lines=[`Evidence bag: ${show(root)}, ${builder.payload.files} files of evidence; see VERIFY.md in it`];return archivePath===void 0?lines:(await writeBagArchive(folder,archivePath,report.run.id),noteUnfinished(archivePath,"file",root),[...lines,`Archive: ${show(archivePath)}`])}}}function incomplete(error){if(!(error instanceof TrailVerifyError))return error;let{code,message,hint}=error;return new TrailVerifyError(code,`the evidence bag is not complete: ${message}`,{hint,cause:error})}async function requireNewArchive(file,root){let refuse=why=>new TrailVerifyError("OUTPUT_NOT_USABLE",`archive ${file} ${why}`,{hint:"give the name of a new file outside the output folder with --archive"});if(file.startsWith(root+path.sep))throw refuse("would be in the bag itself");if(await lstat(file).catch(()=>{})!==void 0)throw refuse("exists already");if((await stat(path.dirname(file)).catch(()=>{}))?.isDirectory()!==!0)throw refuse("would be in a folder that is not there")}var GZIP_SYSTEM_AT=9,GZIP_SYSTEM_UNKNOWN=255;async function writeBagArchive(folder,file,runId){let name=`trail-verify-${runId.replace(/[^A-Za-z0-9-]/g,"-").slice(0,64)}`;try{let entries=[];for(let{path:path2}of await folder.list()){let size=(await folder.hash(path2))?.size??0;entries.push({path:`${name}/${path2}`,size,content:()=>folder.pieces(path2)})}await withUnfinished(file,async partial=>{await pipeline(Readable.from(tarPieces(entries)),createGzip({level:9}),anonymousSystem(),createWriteStream(partial,{flags:"wx"})),await giveNewName(partial,file)})}catch(cause){let why=messageOf(cause),hint="free some space or give another name with --archive; the bag itself is complete";throw unwritable(`archive ${file} cannot be written: ${why}`,cause,{full:hint,else:hint})}}function anonymousSystem(){let at=0;return new Transform({transform:(chunk,_encoding,done)=>{at<=GZIP_SYSTEM_AT&&at+chunk.length>GZIP_SYSTEM_AT&&(chunk[GZIP_SYSTEM_AT-at]=GZIP_SYSTEM_UNKNOWN),at+=chunk.length,done(null,chunk)}})}export{DIGEST_ROWS,LOG_ROWS,parseDigestRows,parseLogRows,SIGN_ROWS,RESULT_ROWS,parseSignRows,parseResultRows,placeOf,bagTexts,signatureFacts,BAG_KEYS,openBagOutput,requireNewArchive,writeBagArchive};
