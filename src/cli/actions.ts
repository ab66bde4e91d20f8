import type { RawCollectOptions } from './commands/collect-options.ts';
import type { RawDoctorOptions } from './commands/doctor-options.ts';
import type { RawEvidenceVerifyOptions } from './commands/evidence-options.ts';
import type { RawExplainGapOptions } from './commands/explain-gap.ts';
import type { RawKeygenOptions } from './commands/keygen-options.ts';
import type { RawKeysFetchOptions } from './commands/keys-options.ts';
import type { RawProofVerifyOptions } from './commands/proof-verify-options.ts';
import type { RawProveOptions } from './commands/prove-options.ts';
import type { RawRecoverOptions } from './commands/recover-options.ts';
import type { RawReportVerifyOptions } from './commands/report-options.ts';
import type { RawReportRenderOptions } from './commands/report-render-options.ts';
import type { RawVerifyOptions } from './commands/verify-options.ts';
import type { Terminal } from './io/terminal.ts';

/** What each command does, given its arguments and options as commander hands them over. */
export interface Actions {
  verify(target: string | undefined, raw: RawVerifyOptions): Promise<void>;
  collect(target: string, folder: string, raw: RawCollectOptions): Promise<void>;
  keysFetch(raw: RawKeysFetchOptions): Promise<void>;
  keysList(files: readonly string[]): Promise<void>;
  reportRender(file: string, raw: RawReportRenderOptions): Promise<void>;
  reportVerify(file: string, raw: RawReportVerifyOptions): Promise<void>;
  keygen(raw: RawKeygenOptions): Promise<void>;
  evidenceVerify(folder: string, raw: RawEvidenceVerifyOptions): Promise<void>;
  prove(object: string | undefined, raw: RawProveOptions): Promise<void>;
  proofVerify(file: string, raw: RawProofVerifyOptions): Promise<void>;
  explainGap(file: string, raw: RawExplainGapOptions): Promise<void>;
  doctor(target: string, raw: RawDoctorOptions): Promise<void>;
  recover(report: string, folder: string, raw: RawRecoverOptions): Promise<void>;
  explain(code: string | undefined, raw: { readonly color: boolean }): Promise<void>;
}

/**
 * The real actions. Options are checked first; the library, and with it the AWS clients, is loaded only
 * behind that, so that help and a mistyped option answer at once. `args` are the whole command line, for the record;
 * `finish` takes the exit code.
 */
export function realActions(
  args: readonly string[],
  terminal: Terminal,
  finish: (exitCode: number) => void,
): Actions {
  return {
    verify: async (target, raw) => {
      const { readVerifySettings } = await import('./commands/verify-options.ts');
      const settings = readVerifySettings(target, raw, Date.now());
      const { verifyCommand } = await import('./commands/verify.ts');
      finish(await verifyCommand(settings, terminal, args));
    },
    collect: async (target, folder, raw) => {
      const { readCollectSettings } = await import('./commands/collect-options.ts');
      const settings = readCollectSettings(target, folder, raw, Date.now());
      const { collectCommand } = await import('./commands/collect.ts');
      finish(await collectCommand(settings, terminal));
    },
    keysFetch: async (raw) => {
      const { readKeysFetchSettings } = await import('./commands/keys-options.ts');
      const settings = readKeysFetchSettings(raw, Date.now());
      const { keysFetchCommand } = await import('./commands/keys.ts');
      finish(await keysFetchCommand(settings, terminal));
    },
    keysList: async (files) => {
      const { keysListCommand } = await import('./commands/keys.ts');
      finish(await keysListCommand(files, terminal));
    },
    reportRender: async (file, raw) => {
      const { readReportRenderSettings } = await import('./commands/report-render-options.ts');
      const settings = readReportRenderSettings(file, raw);
      const { reportRenderCommand } = await import('./commands/report-render.ts');
      finish(await reportRenderCommand(settings, terminal));
    },
    reportVerify: async (file, raw) => {
      const { readReportVerifySettings } = await import('./commands/report-options.ts');
      const settings = readReportVerifySettings(file, raw, Date.now());
      const { reportVerifyCommand } = await import('./commands/report.ts');
      finish(await reportVerifyCommand(settings, terminal));
    },
    keygen: async (raw) => {
      const { readKeygenSettings } = await import('./commands/keygen-options.ts');
      const settings = readKeygenSettings(raw);
      const { keygenCommand } = await import('./commands/keygen.ts');
      finish(await keygenCommand(settings, terminal));
    },
    evidenceVerify: async (folder, raw) => {
      const { readEvidenceVerifySettings } = await import('./commands/evidence-options.ts');
      const settings = readEvidenceVerifySettings(folder, raw, Date.now());
      const { evidenceVerifyCommand } = await import('./commands/evidence.ts');
      finish(await evidenceVerifyCommand(settings, terminal));
    },
    prove: async (object, raw) => {
      const { readProveSettings } = await import('./commands/prove-options.ts');
      const settings = readProveSettings(object, raw);
      const { proveCommand } = await import('./commands/prove.ts');
      finish(await proveCommand(settings, terminal));
    },
    proofVerify: async (file, raw) => {
      const { readProofVerifySettings } = await import('./commands/proof-verify-options.ts');
      const settings = readProofVerifySettings(file, raw);
      const { proofVerifyCommand } = await import('./commands/proof-verify.ts');
      finish(await proofVerifyCommand(settings, terminal));
    },
    explainGap: async (file, raw) => {
      const { explainGapCommand } = await import('./commands/explain-gap.ts');
      finish(await explainGapCommand(file, raw, terminal));
    },
    doctor: async (target, raw) => {
      const { readDoctorSettings } = await import('./commands/doctor-options.ts');
      const settings = readDoctorSettings(target, raw, Date.now());
      const { doctorCommand } = await import('./commands/doctor.ts');
      finish(await doctorCommand(settings, terminal));
    },
    recover: async (report, folder, raw) => {
      const { readRecoverSettings } = await import('./commands/recover-options.ts');
      const settings = readRecoverSettings(report, folder, raw);
      const { recoverCommand } = await import('./commands/recover.ts');
      finish(await recoverCommand(settings, terminal));
    },
    explain: async (code, raw) => {
      const { explainCommand } = await import('./commands/explain.ts');
      finish(explainCommand(code, raw.color, terminal));
    },
  };
}
