import type { RawCollectOptions } from './collect-settings.ts';
import type { RawDoctorOptions } from './doctor-settings.ts';
import type { RawEvidenceVerifyOptions } from './evidence-verify-settings.ts';
import type { RawExplainGapOptions } from './explain-gap-command.ts';
import type { RawKeygenOptions } from './keygen-settings.ts';
import type { RawKeysFetchOptions } from './keys-settings.ts';
import type { RawProofVerifyOptions } from './proof-verify-settings.ts';
import type { RawProveOptions } from './prove-settings.ts';
import type { RawRecoverOptions } from './recover-settings.ts';
import type { RawReportRenderOptions } from './report-render-settings.ts';
import type { RawReportVerifyOptions } from './report-verify-settings.ts';
import type { Terminal } from './terminal.ts';
import type { RawVerifyOptions } from './verify-settings.ts';

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
      const { readVerifySettings } = await import('./verify-settings.ts');
      const settings = readVerifySettings(target, raw, Date.now());
      const { verifyCommand } = await import('./verify-command.ts');
      finish(await verifyCommand(settings, terminal, args));
    },
    collect: async (target, folder, raw) => {
      const { readCollectSettings } = await import('./collect-settings.ts');
      const settings = readCollectSettings(target, folder, raw, Date.now());
      const { collectCommand } = await import('./collect-command.ts');
      finish(await collectCommand(settings, terminal));
    },
    keysFetch: async (raw) => {
      const { readKeysFetchSettings } = await import('./keys-settings.ts');
      const settings = readKeysFetchSettings(raw, Date.now());
      const { keysFetchCommand } = await import('./keys-command.ts');
      finish(await keysFetchCommand(settings, terminal));
    },
    keysList: async (files) => {
      const { keysListCommand } = await import('./keys-command.ts');
      finish(await keysListCommand(files, terminal));
    },
    reportRender: async (file, raw) => {
      const { readReportRenderSettings } = await import('./report-render-settings.ts');
      const settings = readReportRenderSettings(file, raw);
      const { reportRenderCommand } = await import('./report-render-command.ts');
      finish(await reportRenderCommand(settings, terminal));
    },
    reportVerify: async (file, raw) => {
      const { readReportVerifySettings } = await import('./report-verify-settings.ts');
      const settings = readReportVerifySettings(file, raw, Date.now());
      const { reportVerifyCommand } = await import('./report-verify-command.ts');
      finish(await reportVerifyCommand(settings, terminal));
    },
    keygen: async (raw) => {
      const { readKeygenSettings } = await import('./keygen-settings.ts');
      const settings = readKeygenSettings(raw);
      const { keygenCommand } = await import('./keygen-command.ts');
      finish(await keygenCommand(settings, terminal));
    },
    evidenceVerify: async (folder, raw) => {
      const { readEvidenceVerifySettings } = await import('./evidence-verify-settings.ts');
      const settings = readEvidenceVerifySettings(folder, raw, Date.now());
      const { evidenceVerifyCommand } = await import('./evidence-verify-command.ts');
      finish(await evidenceVerifyCommand(settings, terminal));
    },
    prove: async (object, raw) => {
      const { readProveSettings } = await import('./prove-settings.ts');
      const settings = readProveSettings(object, raw);
      const { proveCommand } = await import('./prove-command.ts');
      finish(await proveCommand(settings, terminal));
    },
    proofVerify: async (file, raw) => {
      const { readProofVerifySettings } = await import('./proof-verify-settings.ts');
      const settings = readProofVerifySettings(file, raw);
      const { proofVerifyCommand } = await import('./proof-verify-command.ts');
      finish(await proofVerifyCommand(settings, terminal));
    },
    explainGap: async (file, raw) => {
      const { explainGapCommand } = await import('./explain-gap-command.ts');
      finish(await explainGapCommand(file, raw, terminal));
    },
    doctor: async (target, raw) => {
      const { readDoctorSettings } = await import('./doctor-settings.ts');
      const settings = readDoctorSettings(target, raw, Date.now());
      const { doctorCommand } = await import('./doctor-command.ts');
      finish(await doctorCommand(settings, terminal));
    },
    recover: async (report, folder, raw) => {
      const { readRecoverSettings } = await import('./recover-settings.ts');
      const settings = readRecoverSettings(report, folder, raw);
      const { recoverCommand } = await import('./recover-command.ts');
      finish(await recoverCommand(settings, terminal));
    },
    explain: async (code, raw) => {
      const { explainCommand } = await import('./explain-command.ts');
      finish(explainCommand(code, raw.color, terminal));
    },
  };
}
