import type { TranslationBundle } from '@jupyterlab/translation';
import { Button } from '@lodge/kit';
import React from 'react';

import { share } from './amounts';
import type { SparkModel } from './model';

/** How the panel speaks, and opens notebooks. */
export interface Words {
  trans: TranslationBundle;
  language: string;
  open: (path: string) => void;
}

interface BarProps {
  label: string;
  /** What stands at the right. */
  amount: string;
  part: number;
  whole: number;
  kind?: 'warning' | 'plain';
}

/** A labelled bar. */
export function Bar({ label, amount, part, whole, kind = 'plain' }: BarProps): React.JSX.Element {
  const percent = Math.round(share(part, whole) * 100);
  return (
    <div className={`lodge-Bar lodge-mod-${kind}`}>
      <div className="lodge-Bar-words">
        <span>{label}</span>
        <span className="lodge-Bar-amount">{amount}</span>
      </div>
      <div
        className="lodge-Bar-track"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={amount}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}

export type Condition = 'running' | 'succeeded' | 'failed' | 'other';

/** What Spark's many states come to. */
export function condition(status: string): Condition {
  switch (status) {
    case 'RUNNING':
    case 'ACTIVE':
      return 'running';
    case 'SUCCEEDED':
    case 'COMPLETED':
    case 'COMPLETE':
      return 'succeeded';
    case 'FAILED':
      return 'failed';
    default:
      return 'other';
  }
}

export function statusWords(status: string, trans: TranslationBundle): string {
  switch (condition(status)) {
    case 'running':
      return trans.__('Running');
    case 'succeeded':
      return trans.__('Succeeded');
    case 'failed':
      return trans.__('Failed');
    default:
      return status === 'SKIPPED' ? trans.__('Skipped') : trans.__('Waiting');
  }
}

/** A shape for each state, with its word for who can't see it. */
export function Status({ status, words }: { status: string; words: Words }): React.JSX.Element {
  const text = statusWords(status, words.trans);
  const kind = condition(status);
  return (
    <span className={`lodge-Status lodge-mod-${kind}`} role="img" aria-label={text} title={text}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {kind === 'succeeded' && <circle cx="6" cy="6" r="5" />}
        {kind === 'failed' && (
          <path d="M1 1h10v10H1z M3.6 4.6 5 6 3.6 7.4l1 1L6 7l1.4 1.4 1-1L7 6l1.4-1.4-1-1L6 5 4.6 3.6z" />
        )}
        {kind === 'running' && (
          <>
            <circle className="lodge-Status-ring" cx="6" cy="6" r="4.4" />
            <path d="M6 1.6a4.4 4.4 0 0 1 0 8.8z" />
          </>
        )}
        {kind === 'other' && <circle className="lodge-Status-ring" cx="6" cy="6" r="4.4" />}
      </svg>
    </span>
  );
}

interface MoreProps {
  shown: number;
  total: number;
  model: SparkModel;
  words: Words;
}

/** How many of how many are shown, and a button for more. */
export function More({ shown, total, model, words }: MoreProps): React.JSX.Element | null {
  const { trans } = words;
  if (shown >= total) {
    return null;
  }
  return (
    <div className="lodge-Spark-note">
      <span className="lodge-Field-hint">
        {trans.__('The newest %1 of %2. The Spark UI has them all.', shown, total)}
      </span>
      {model.canGrow && (
        <Button onClick={() => void model.more()} data-lodge="spark-more">
          {trans.__('Show more')}
        </Button>
      )}
    </div>
  );
}
