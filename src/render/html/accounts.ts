import type { Report } from '../../report/report.ts';
import { type AccountCoverage, accountCoverage } from '../facts/coverage.ts';
import { formatCount } from '../words.ts';
import { element, LINE_END, type Markup } from './markup.ts';
import { cell, table } from './section.ts';

const MOST_ACCOUNTS = 50;

/** The chains of each account in numbers, accounts with open chains first. */
export function accountsTable(report: Report): Markup {
  const all = accountCoverage(report);
  const isWhole = ({ whole, chains }: AccountCoverage): boolean => whole === chains;
  const openFirst = [...all.filter((one) => !isWhole(one)), ...all.filter(isWhole)];
  const rows = openFirst
    .slice(0, MOST_ACCOUNTS)
    .map((account) => [
      LINE_END,
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, element('code', {}, account.account)),
        cell(`${formatCount(account.whole)} of ${formatCount(account.chains)}`, 'number'),
        cell(account.digests, 'number'),
        cell(account.logs, 'number'),
      ),
    ]);
  return table(
    `Accounts, open ones first${all.length > MOST_ACCOUNTS ? `, ${MOST_ACCOUNTS} of ${formatCount(all.length)}` : ''}`,
    [['Account'], ['Whole chains', 'number'], ['Digest files', 'number'], ['Log files', 'number']],
    rows,
  );
}
