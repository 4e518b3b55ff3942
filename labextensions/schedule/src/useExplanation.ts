import type { CronExplanation, LodgeApi } from '@lodge/kit';
import { sentence } from '@lodge/kit';
import React from 'react';

export type ExplanationState =
  | { state: 'empty' }
  | { state: 'asking'; last: CronExplanation | null }
  | { state: 'known'; answer: CronExplanation }
  | { state: 'error'; message: string };

/** The server's words and next times for an expression, asked once the typing has paused. */
export function useExplanation(
  api: LodgeApi,
  cron: string,
  timezone: string,
  language: string
): ExplanationState {
  const [explanation, setExplanation] = React.useState<ExplanationState>({ state: 'empty' });
  React.useEffect(() => {
    if (!cron) {
      setExplanation({ state: 'empty' });
      return;
    }
    setExplanation(before => ({
      state: 'asking',
      last:
        before.state === 'known' ? before.answer : before.state === 'asking' ? before.last : null
    }));
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.cron(cron, timezone, language.startsWith('zh') ? 'zh' : 'en', abort.signal).then(
        answer => setExplanation({ state: 'known', answer }),
        (error: unknown) => {
          if (!abort.signal.aborted) {
            setExplanation({ state: 'error', message: sentence(error) });
          }
        }
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, cron, timezone, language]);
  return explanation;
}
