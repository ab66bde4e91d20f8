/**
 * A small, fast S3 and CloudTrail on 127.0.0.1, in a process of its own: answers lie ready as bytes, and leave after
 * `latency` milliseconds. Its one argument is a `ServerTask` as JSON; it prints a `ServerReady` line, and for each line
 * on standard input one with the counts since the last (`ServerCounts`).
 */
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { madeTrail } from '../data/made-trail.ts';
import type { Answer } from './answer.ts';
import { BucketAnswers } from './bucket.ts';
import { answerCloudTrail } from './cloudtrail.ts';
import { type Request, RequestReader } from './request.ts';
import type { ServerCounts, ServerReady, ServerTask } from './task.ts';

// Written by `startServer`, the only one who starts this.
const task = JSON.parse(process.argv[2] ?? '') as ServerTask;
const trail = await madeTrail(task.recipe);
const bucket = new BucketAnswers(trail);
if (task.prepare) bucket.prepare();

let latency = task.latency;
let counts = { requests: 0, listings: 0 };

function answerOf(request: Request): Answer {
  counts.requests += 1;
  if (request.query.includes('prefix=')) counts.listings += 1;
  return request.method === 'POST' ? answerCloudTrail(request, trail.shape.bucket) : bucket.answer(request);
}

function serve(socket: Socket): void {
  const reader = new RequestReader();
  const write = (answer: Answer): void => {
    if (answer.length > 1) socket.cork();
    for (const piece of answer) socket.write(piece);
    if (answer.length > 1) socket.uncork();
  };
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    for (const request of reader.take(chunk)) {
      const answer = answerOf(request);
      if (latency === 0) write(answer);
      else setTimeout(() => write(answer), latency);
    }
  });
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  const ready: ServerReady = { url: `http://127.0.0.1:${address.port}` };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
});
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  latency = Number(line);
  const told: ServerCounts = counts;
  counts = { requests: 0, listings: 0 };
  process.stdout.write(`${JSON.stringify(told)}\n`);
});
// Whoever started it has gone.
lines.on('close', () => process.exit(0));
