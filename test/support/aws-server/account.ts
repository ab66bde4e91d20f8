import { type Answer, AwsError, jsonAnswer } from './answer.ts';
import { checkAllowed } from './deny.ts';
import { jsonBody, pageOf, textField } from './json-body.ts';
import { callerAccount, type ServerState } from './options.ts';
import type { AwsRequest } from './request.ts';

/** Answers the Account service's ListRegions (REST-JSON, `POST /listRegions`); throws AwsError for a refusal. */
export function answerAccount(request: AwsRequest, state: ServerState, operation: string): Answer {
  if (operation !== 'ListRegions') throw new AwsError(404, 'UnknownOperationException', 'no such operation');
  checkAllowed(state, 'account:ListRegions', request.authorization?.region);
  const body = jsonBody(request);
  const account = textField(body, 'AccountId');
  const isOwn = account === undefined || account === callerAccount(state);
  if (!isOwn && state.organization?.accounts.some(({ id }) => id === account) !== true) {
    throw new AwsError(403, 'AccessDeniedException', `account ${account} is not one you may ask about`);
  }
  const wanted = body.RegionOptStatusContains;
  const rows = (state.regions ?? [])
    .filter(({ optStatus }) => !Array.isArray(wanted) || wanted.length === 0 || wanted.includes(optStatus))
    .map(({ name, optStatus }) => ({ RegionName: name, RegionOptStatus: optStatus }));
  const limit = typeof body.MaxResults === 'number' ? body.MaxResults : 50;
  const size = Math.min(limit, state.pageSize ?? 20);
  const page = pageOf(rows, textField(body, 'NextToken'), size, 'ValidationException');
  if (state.repeatPages === true) return jsonAnswer({ Regions: rows, NextToken: 'the-same-page-again' });
  return jsonAnswer({ Regions: page.rows, NextToken: page.next }, 200, {
    'content-type': 'application/json',
  });
}
