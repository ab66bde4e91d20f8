/** `trail-verify/lambda`: a function of AWS Lambda that reads one shard of a plan. */

export { handler, type LambdaContext, type ShardAnswer, ShardError, type ShardEvent } from '../cli/lambda.ts';
