import type { TranslationBundle } from '@jupyterlab/translation';
import type { Run, RunState } from '@lodge/kit';
import { absoluteTime, duration, hubUrl, relativeTime } from '@lodge/kit';
import React from 'react';

import { elapsed } from './runs';

interface RunStripProps {
  runs: readonly Run[];
  trans: TranslationBundle;
  language: string;
}

/** The last runs as small marks, newest right; each opens the run's page. */
export function RunStrip({ runs, trans, language }: RunStripProps): React.JSX.Element | null {
  if (!runs.length) {
    return null;
  }
  return (
    <ol className="lodge-Strip" aria-label={trans.__('The last runs')} data-lodge="schedules-strip">
      {runs.map(run => {
        const when = run.started_at ?? run.created_at;
        const seconds = run.ended_at ? elapsed(run, Date.now()) : null;
        const words = [
          stateWords(run.state, trans),
          relativeTime(when, language),
          seconds === null ? '' : trans.__('took %1', duration(seconds))
        ];
        return (
          <li key={run.id}>
            <a
              href={hubUrl(run.url)}
              target="_blank"
              rel="noopener noreferrer"
              aria-label={words.filter(Boolean).join(', ')}
              title={`${words.filter(Boolean).join(', ')}\n${absoluteTime(when, language)}`}
              data-lodge="schedules-run"
              data-run-id={run.id}
              data-run-state={run.state}
            >
              <RunMark state={run.state} />
            </a>
          </li>
        );
      })}
    </ol>
  );
}

export function stateWords(state: RunState, trans: TranslationBundle): string {
  switch (state) {
    case 'queued':
      return trans.__('Queued');
    case 'running':
      return trans.__('Running');
    case 'succeeded':
      return trans.__('Succeeded');
    case 'failed':
      return trans.__('Failed');
    case 'cancelled':
      return trans.__('Cancelled');
  }
}

/** A shape for each state, so that the strip reads without its colours too. */
export function RunMark({ state }: { state: RunState }): React.JSX.Element {
  return (
    <svg
      className={`lodge-Mark lodge-mod-${state}`}
      viewBox="0 0 12 12"
      width="12"
      height="12"
      aria-hidden="true"
    >
      {shape(state)}
    </svg>
  );
}

function shape(state: RunState): React.JSX.Element {
  switch (state) {
    case 'succeeded':
      return <circle cx="6" cy="6" r="5" />;
    case 'failed':
      return (
        <path d="M1 1h10v10H1z M3.6 4.6 5 6 3.6 7.4l1 1L6 7l1.4 1.4 1-1L7 6l1.4-1.4-1-1L6 5 4.6 3.6z" />
      );
    case 'running':
      return (
        <>
          <circle className="lodge-Mark-ring" cx="6" cy="6" r="4.4" />
          <path d="M6 1.6a4.4 4.4 0 0 1 0 8.8z" />
        </>
      );
    case 'queued':
      return <circle className="lodge-Mark-ring" cx="6" cy="6" r="4.4" />;
    case 'cancelled':
      return <path d="M1 4.6h10v2.8H1z" />;
  }
}
