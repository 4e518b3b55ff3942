import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

const SIZES = [20, 50, 100];

interface Props {
  offset: number;
  size: number;
  found: number;
  searched: boolean;
  onMove: (offset: number) => void;
  onSize: (size: number) => void;
  trans: TranslationBundle;
}

/** Which rows are seen of how many, and the way to the others. */
export function Pager({
  offset,
  size,
  found,
  searched,
  onMove,
  onSize,
  trans
}: Props): React.JSX.Element {
  const number = (value: number): string => value.toLocaleString();
  const last = Math.min(offset + size, found);
  const end = Math.max(0, Math.floor((found - 1) / size) * size);
  const told = searched
    ? trans.__('%1–%2 of %3 found', number(found ? offset + 1 : 0), number(last), number(found))
    : trans.__('%1–%2 of %3', number(found ? offset + 1 : 0), number(last), number(found));
  const step = (to: number, sign: string, label: string, off: boolean): React.JSX.Element => (
    <button
      type="button"
      className="lodge-Result-step"
      onClick={() => onMove(to)}
      disabled={off}
      aria-label={label}
      title={label}
    >
      {sign}
    </button>
  );
  return (
    <div className="lodge-Result-pager">
      {step(0, '«', trans.__('First page'), offset === 0)}
      {step(Math.max(0, offset - size), '‹', trans.__('Previous page'), offset === 0)}
      <span role="status" data-lodge="result-place">
        {told}
      </span>
      {step(offset + size, '›', trans.__('Next page'), last >= found)}
      {step(end, '»', trans.__('Last page'), last >= found)}
      <select
        className="lodge-Result-size"
        aria-label={trans.__('Rows of a page')}
        value={size}
        onChange={event => onSize(Number(event.target.value))}
      >
        {SIZES.map(one => (
          <option key={one} value={one}>
            {trans.__('%1 rows', one)}
          </option>
        ))}
      </select>
    </div>
  );
}
