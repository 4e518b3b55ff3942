import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { Order, ResultColumn, ResultRow } from './bundle';

/** The word of every database, in every language. */
const NULL = 'NULL';
/** Longer texts are cut; the whole is in the tooltip. */
const LONGEST = 120;

interface Props {
  columns: ResultColumn[];
  rows: ResultRow[];
  order: Order;
  sortable: boolean;
  onSort: (column: number) => void;
  trans: TranslationBundle;
}

/** The rows of a page below the heads of their columns, which sort when they are pressed. */
export function Grid({ columns, rows, order, sortable, onSort, trans }: Props): React.JSX.Element {
  return (
    <div
      className="lodge-Result-scroll"
      role="region"
      tabIndex={0}
      aria-label={trans.__('Result')}
      data-lodge="result-rows"
    >
      <table>
        <thead>
          <tr>
            {columns.map((column, place) => (
              <Head
                key={place}
                column={column}
                direction={order.sort !== place ? null : order.descending ? 'down' : 'up'}
                onSort={sortable ? () => onSort(place) : null}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map((column, place) => (
                <Cell key={place} value={row[place] ?? null} number={column.number} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {!rows.length && (
        <p className="lodge-Result-none">
          {order.search
            ? trans.__('No row holds “%1”.', order.search)
            : trans.__('There are no rows.')}
        </p>
      )}
    </div>
  );
}

interface HeadProps {
  column: ResultColumn;
  direction: 'up' | 'down' | null;
  onSort: (() => void) | null;
}

function Head({ column, direction, onSort }: HeadProps): React.JSX.Element {
  const Arrow = direction === 'down' ? caretDownIcon : caretUpIcon;
  const words = (
    <>
      <span className="lodge-Result-name">
        {column.name}
        {direction && <Arrow.react tag="span" width="16px" height="16px" aria-hidden="true" />}
      </span>
      {column.type && <span className="lodge-Result-type">{column.type}</span>}
    </>
  );
  const sorted = direction === 'up' ? 'ascending' : direction === 'down' ? 'descending' : undefined;
  return (
    <th scope="col" className={column.number ? 'lodge-mod-number' : undefined} aria-sort={sorted}>
      {onSort ? (
        <button type="button" onClick={onSort}>
          {words}
        </button>
      ) : (
        <div>{words}</div>
      )}
    </th>
  );
}

function Cell({ value, number }: { value: string | null; number: boolean }): React.JSX.Element {
  if (value === null) {
    return <td className={`lodge-mod-null${number ? ' lodge-mod-number' : ''}`}>{NULL}</td>;
  }
  const cut = value.length > LONGEST;
  return (
    <td className={number ? 'lodge-mod-number' : undefined} title={cut ? value : undefined}>
      {cut ? `${value.slice(0, LONGEST - 1)}…` : value}
    </td>
  );
}
