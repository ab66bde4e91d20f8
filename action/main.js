// src/action/main.ts
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

// src/action/act.ts
import { spawn } from "node:child_process";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

// src/action/code-scanning.ts
import { promisify } from "node:util";
import { gzip } from "node:zlib";
var MOST_BYTES = 10 * 1024 * 1024;
var LONGEST_REQUEST = 6e4;
var WAITS = [1e3, 2e3, 4e3, 8e3, 15e3, 3e4];
var ATTEMPTS = 3;
var LONGEST_MESSAGE = 500;
async function uploadSarif(uploading) {
  const { environment, token, sarif, started, wait } = uploading;
  const named = (name) => {
    const value = environment[name] ?? "";
    if (value === "") throw new Error(`${name} is not set: this is no job of GitHub Actions`);
    return value;
  };
  if (token === "") throw new Error("there is no token: give the input token, or leave out sarif");
  const address = `${apiOf(named("GITHUB_API_URL"))}/repos/${repositoryOf(named("GITHUB_REPOSITORY"))}/code-scanning/sarifs`;
  const compressed = await promisify(gzip)(sarif);
  if (compressed.length > MOST_BYTES) throw new Error("the file is larger than the 10 MB that GitHub takes");
  const body = JSON.stringify({
    commit_sha: named("GITHUB_SHA"),
    ref: named("GITHUB_REF"),
    sarif: compressed.toString("base64"),
    started_at: started,
    tool_name: "trail-verify"
  });
  const { id } = await ask(address, { method: "POST", body }, uploading);
  if (typeof id !== "string" || !/^[A-Za-z0-9-]{1,100}$/.test(id))
    throw new Error("the answer names no upload");
  for (const milliseconds of WAITS) {
    await wait(milliseconds);
    const { processing_status: status, errors } = await ask(`${address}/${id}`, { method: "GET" }, uploading);
    if (status === "complete") return "complete";
    if (status === "failed") throw new Error(`GitHub did not take the file: ${shown(errors)}`);
  }
  return "pending";
}
function apiOf(address) {
  const url = URL.canParse(address) ? new URL(address) : void 0;
  const isHere = url?.protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url?.protocol === "https:" || isHere) return address.replace(/\/+$/, "");
  throw new Error(`GITHUB_API_URL is no https address: ${address}`);
}
function repositoryOf(name) {
  if (/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(name)) return name;
  throw new Error(`GITHUB_REPOSITORY is no repository: ${name}`);
}
async function ask(address, request, { token, wait }) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(address, {
      ...request,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "user-agent": "trail-verify",
        "x-github-api-version": "2022-11-28"
      },
      // With the request a redirect would hand on the token.
      redirect: "error",
      signal: AbortSignal.timeout(LONGEST_REQUEST)
    }).catch((error) => error instanceof Error ? error : new Error(String(error)));
    const isBusy = response instanceof Error || response.status >= 500 || response.status === 429;
    if (isBusy && attempt < ATTEMPTS) {
      await wait(1e3 * attempt);
      continue;
    }
    if (response instanceof Error) throw new Error(`GitHub did not answer: ${response.message}`);
    const answer = answerOf(await response.text());
    if (response.ok) return answer;
    throw new Error(`GitHub answers ${response.status}: ${shown(answer.message)}`);
  }
}
function answerOf(text) {
  try {
    const answer = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
function shown(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "no reason given";
  return text.slice(0, LONGEST_MESSAGE).replace(/[^ -~]/g, "?");
}

// src/action/inputs.ts
function readInputs(environment) {
  const input = (name) => environment[`INPUT_${name.toUpperCase()}`] ?? "";
  return {
    target: input("target").trim(),
    from: input("from").trim(),
    state: input("state").trim(),
    options: input("arguments").split("\n").map((line) => line.replace(/\r$/, "")).filter((line) => line !== ""),
    output: input("output").trim(),
    failOn: input("fail-on").trim(),
    sarif: input("sarif").trim().toLowerCase(),
    token: input("token").trim()
  };
}
function environmentOfCommand(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("INPUT_")));
}
function commandArguments({
  target,
  from,
  state,
  options,
  output,
  failOn
}) {
  const saysWhoSigns = options.some((option) => /^--(?:no-)?sign/.test(option));
  return [
    "verify",
    ...["--output", output, "--also", "html,junit,sarif", "--fail-on", failOn, "--format", "markdown"],
    ...from === "" ? [] : ["--from", from],
    ...state === "" ? [] : ["--state", state],
    ...options,
    ...saysWhoSigns ? [] : ["--no-sign"],
    "--",
    target
  ];
}

// src/action/runner.ts
import { randomUUID } from "node:crypto";
import { appendFileSync, statSync } from "node:fs";
var MOST_SUMMARY = 1024 * 1024;
var CUT = "\n\n\u2026 The rest is in the report.\n";
function openRunner(environment, write) {
  const { GITHUB_OUTPUT = "", GITHUB_STEP_SUMMARY = "" } = environment;
  const annotate = (kind, text) => write(`::${kind} title=trail-verify::${escapeCommand(text)}
`);
  return {
    output: (name, value) => {
      if (GITHUB_OUTPUT === "") return;
      const end = `end-${randomUUID()}`;
      appendFileSync(GITHUB_OUTPUT, `${name}<<${end}
${value.replace(/[\r\n]/g, "")}
${end}
`);
    },
    summary: (text) => {
      if (GITHUB_STEP_SUMMARY === "") return;
      const used = statSync(GITHUB_STEP_SUMMARY, { throwIfNoEntry: false })?.size ?? 0;
      appendFileSync(GITHUB_STEP_SUMMARY, fitting(text, MOST_SUMMARY - used));
    },
    error: (text) => annotate("error", text),
    notice: (text) => annotate("notice", text)
  };
}
function fitting(text, most) {
  if (Buffer.byteLength(text) <= most) return text;
  const room = most - Buffer.byteLength(CUT);
  if (room < 0) return "";
  const part = Buffer.from(text).subarray(0, room).toString("utf8");
  return part.slice(0, part.lastIndexOf("\n") + 1) + CUT;
}
function escapeCommand(text) {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

// src/action/act.ts
var MOST_PRINTED = 2 * 1024 * 1024;
var VERDICTS = ["VALID", "INVALID", "INCONCLUSIVE"];
var EXIT = { valid: 0, usage: 2, failed: 4 };
async function act({ environment, command, write, wait, host }) {
  const runner = openRunner(environment, write);
  const inputs = readInputs(environment);
  const refuse = (code2, why) => {
    runner.error(why);
    runner.summary(`**${why}**
`);
    runner.output("exit-code", String(code2));
    return code2;
  };
  if (inputs.target === "") return refuse(EXIT.usage, "No target was named.");
  if (inputs.output === "") return refuse(EXIT.usage, "No folder was named for the report.");
  if (!["true", "false", ""].includes(inputs.sarif))
    return refuse(EXIT.usage, "The input sarif is neither true nor false.");
  if (!isFree(inputs.output))
    return refuse(EXIT.usage, "The output is not an empty folder: a report of another run may lie there.");
  const started = (/* @__PURE__ */ new Date()).toISOString();
  const { code, printed } = await runCommand(host, command, commandArguments(inputs), environment).catch(
    // A line that is too long for a process, for example.
    (error) => {
      runner.error(`The command could not be started: ${String(error)}`);
      return { code: EXIT.failed, printed: "" };
    }
  );
  runner.summary(printed);
  const file = path.join(inputs.output, "report.json");
  const said = readSaid(file);
  if (code === EXIT.valid) {
    if (said === void 0)
      return refuse(EXIT.failed, "The run wrote no report into the output folder: nothing was proven.");
    const isGreen = said.verdict === "VALID" || said.verdict === "INCONCLUSIVE" && inputs.failOn === "invalid";
    if (!isGreen)
      return refuse(
        EXIT.failed,
        "The report of the run does not say what its exit code says: nothing was proven."
      );
  }
  if (said !== void 0) {
    runner.output("verdict", said.verdict);
    runner.output("verified-through", said.through);
    runner.output("report", file);
  }
  const uploaded = inputs.sarif !== "true" || await upload(inputs, { environment, started, wait }, runner);
  const final = code === EXIT.valid && !uploaded ? EXIT.failed : code;
  runner.output("exit-code", String(final));
  return final;
}
function isFree(folder) {
  try {
    const there = lstatSync(folder, { throwIfNoEntry: false });
    return there === void 0 || readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}
function runCommand(host, command, args, environment) {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [command, ...args], {
      env: environmentOfCommand(environment),
      stdio: ["ignore", "pipe", "inherit"]
    });
    const chunks = [];
    let kept = 0;
    child.stdout.on("data", (chunk) => {
      if (kept < MOST_PRINTED) chunks.push(chunk);
      kept += chunk.length;
    });
    const { signals, reachAll } = cancellation(host.platform);
    const stop = (signal) => reachAll || child.kill(signal);
    for (const signal of signals) host.on(signal, stop);
    const end = (code) => {
      for (const signal of signals) host.off(signal, stop);
      settle({ code, printed: Buffer.concat(chunks).toString("utf8") });
    };
    child.on("error", () => end(EXIT.failed));
    child.on("close", (code) => end(code ?? EXIT.failed));
  });
}
function cancellation(system) {
  return system === "win32" ? { signals: ["SIGINT", "SIGBREAK"], reachAll: true } : { signals: ["SIGINT", "SIGTERM"], reachAll: false };
}
function readSaid(file) {
  try {
    if (!lstatSync(file).isFile()) return void 0;
    const report = JSON.parse(readFileSync(file, "utf8"));
    const { verdict, window } = Object(report);
    const { verifiedThrough } = Object(window);
    if (typeof verdict !== "string" || !VERDICTS.includes(verdict)) return void 0;
    const isTime = typeof verifiedThrough === "string" && /^[0-9T:.Z-]{1,40}$/.test(verifiedThrough);
    return { verdict, through: isTime ? verifiedThrough : "" };
  } catch {
    return void 0;
  }
}
async function upload({ output, token }, { environment, started, wait }, runner) {
  try {
    const sarif = readFileSync(path.join(output, "report.sarif"));
    const status = await uploadSarif({ environment, token, sarif, started, wait });
    if (status === "pending") runner.notice("Code scanning has the findings, and is not yet done with them.");
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    runner.error(`The findings are not in code scanning: ${why}`);
    return false;
  }
}

// src/action/main.ts
process.exitCode = await act({
  environment: process.env,
  command: fileURLToPath(new URL("./trail-verify.cjs", import.meta.url)),
  write: (text) => process.stdout.write(text),
  wait: (milliseconds) => setTimeout(milliseconds),
  host: process
});
