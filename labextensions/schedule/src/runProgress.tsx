import type { TranslationBundle } from '@jupyterlab/translation';
import type { Run } from '@lodge/kit';
import { absoluteTime, duration, hubUrl, relativeTime } from '@lodge/kit';
import React from 'react';

import { stateWords } from './runStrip';
import { elapsed, isActive } from './runs';

interface RunProgressProps {
  run: Run;
  trans: TranslationBundle;
  language: string;
}

/** How far the last run is, or how and when it ended. */
export function RunProgress({ run, trans, language }: RunProgressProps): React.JSX.Element {
  const now = useClock(isActive(run));
  const seconds = elapsed(run, now);
  const { cells_done: done, cells_total: total } = run;
  const cells =
    run.state === 'running' && total !== null ? trans.__('%1 of %2 cells', done ?? 0, total) : '';

  return (
    <div className="lodge-Progress" data-lodge="schedules-run-state" data-run-state={run.state}>
      <a href={hubUrl(run.url)} target="_blank" rel="noopener noreferrer">
        {/* Only what changes seldom is read out: the state and the cells, not the seconds. */}
        <span aria-live="polite">
          {[stateWords(run.state, trans), cells].filter(Boolean).join(', ')}
        </span>
      </a>
      {seconds !== null && <span>{` · ${duration(seconds)}`}</span>}
      {run.ended_at && (
        <>
          {' · '}
          <time dateTime={run.ended_at} title={absoluteTime(run.ended_at, language)}>
            {relativeTime(run.ended_at, language)}
          </time>
        </>
      )}
      {run.state === 'running' && (
        <progress
          aria-label={trans.__('Cells done')}
          max={total ?? undefined}
          value={total ? (done ?? 0) : undefined}
        />
      )}
    </div>
  );
}

/** The time, each second while something goes on. */
function useClock(ticking: boolean): number {
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    if (!ticking) {
      return;
    }
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
