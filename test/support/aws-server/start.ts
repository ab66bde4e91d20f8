import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ObjectStore } from '../object-store.ts';
import { type Answer, AwsError, errorAnswer } from './answer.ts';
import { deliver } from './deliver.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import type { AwsServerOptions } from './options.ts';
import { type AwsRequest, payerOf, type RequestRecord, readRequest } from './request.ts';
import { answer, routeOf } from './route.ts';
import { checkCredentials, type Secret } from './signature.ts';

/** A running server. */
export interface AwsServer {
  /** Its endpoint, such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly store: ObjectStore;
  /** Every request since the start or the last `requests.length = 0`, in the order of arrival. */
  readonly requests: RequestRecord[];
  readonly faults: Faults;
  /** Ends all connections, stalled ones too, and stops listening. */
  close(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startAwsServer(options: AwsServerOptions = {}): Promise<AwsServer> {
  const store = options.store ?? new ObjectStore();
  const requests: RequestRecord[] = [];
  const faults = createFaults();
  const issued = new Map<string, Secret>();

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    let request: AwsRequest;
    try {
      request = await readRequest(message);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return deliver(response, errorAnswer('s3', error, ''), message.method ?? 'GET', undefined);
    }
    const { service, operation } = routeOf(request);
    const record = recordOf(request, service, operation);
    requests.push(record);
    const fault = faults.take(record);
    const latency = fault?.kind === 'slow' || fault?.kind === 'headers' ? undefined : fault?.latencyMs;
    await delay(latency ?? options.latencyMs ?? 0);
    let result: Answer;
    try {
      if (fault?.kind === 'status') throw faultError(fault);
      checkCredentials(request, service, options, issued);
      // The caller's object is read anew for every request.
      result = answer(request, { ...options, store }, issued);
    } catch (error) {
      result = errorAnswer(service, asAwsError(error), request.path);
    }
    if (fault?.kind === 'answer') result = fault.change?.(result) ?? result;
    if (fault?.kind !== 'reset' && fault?.kind !== 'stall') record.status = result.status;
    await deliver(response, result, request.method, fault);
  };

  const server = createServer((message, response) => {
    // A client that went away is its own affair.
    handle(message, response).catch(() => response.destroy());
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    store,
    requests,
    faults,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('the server has no port'));
    });
  });
}

function recordOf(request: AwsRequest, service: string, operation: string): RequestRecord {
  const ofS3 = service === 's3';
  return {
    method: request.method,
    path: request.path,
    service,
    operation,
    region: request.authorization?.region,
    accessKeyId: request.authorization?.accessKeyId,
    bucket: ofS3 ? request.bucket : undefined,
    key: ofS3 ? request.key : undefined,
    prefix: ofS3 ? request.query.get('prefix') : undefined,
    startAfter: ofS3 ? request.query.get('start-after') : undefined,
    payer: ofS3 ? payerOf(request) : undefined,
    status: 0,
  };
}

function faultError(fault: Fault): AwsError {
  return new AwsError(fault.status ?? 503, fault.code ?? 'SlowDown', 'Please reduce your request rate.');
}

/** A bug of the server answers 501 with its message: clients retry 500, and a test would not see why. */
function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  return new AwsError(
    501,
    'TestServerFailed',
    error instanceof Error ? (error.stack ?? error.message) : 'unknown',
  );
}
