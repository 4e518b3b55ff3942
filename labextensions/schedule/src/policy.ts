/** What a job's runs stand for, and what becomes of missed times and of failures. */

import type { Job } from '@lodge/kit';
import React from 'react';

export type Policy = Pick<Job, 'interval' | 'catch_up' | 'retries' | 'retry_s' | 'timeout_s'>;

/** What a job has where nobody says more. */
export const USUAL: Policy = {
  interval: 'times',
  catch_up: 'latest',
  retries: 0,
  retry_s: 60,
  timeout_s: null
};

export interface PolicyState {
  policy: Policy;
  /** The minutes as they are typed. */
  texts: { retry: string; timeout: string };
  invalid: { retry: boolean; timeout: boolean };
  change: (change: Partial<Policy>) => void;
  type: (which: 'retry' | 'timeout', text: string) => void;
}

/** Seconds of minutes that were typed: null for none, NaN for what is no number of them. */
export function secondsOf(text: string, most: number): number | null {
  if (!text.trim()) {
    return null;
  }
  const seconds = Math.round(Number(text.replace(',', '.')) * 60);
  return seconds >= 1 && seconds <= most ? seconds : NaN;
}

/** Minutes as they are typed. */
export function minutesOf(seconds: number | null): string {
  return seconds === null ? '' : String(Math.round((seconds / 60) * 100) / 100);
}

/** The policy of a job, or the usual one, as it is edited. */
export function usePolicy(job: Job | null): PolicyState {
  const [policy, setPolicy] = React.useState<Policy>(() => pick(job ?? USUAL));
  const [texts, setTexts] = React.useState({
    retry: minutesOf(policy.retry_s),
    timeout: minutesOf(policy.timeout_s)
  });
  const retry = secondsOf(texts.retry, 86400);
  const timeout = secondsOf(texts.timeout, 30 * 86400);
  return {
    policy,
    texts,
    invalid: {
      retry: policy.retries > 0 && (retry === null || Number.isNaN(retry)),
      timeout: Number.isNaN(timeout)
    },
    change: change => setPolicy(before => ({ ...before, ...change })),
    type: (which, text) => {
      setTexts(before => ({ ...before, [which]: text }));
      const seconds = secondsOf(text, which === 'retry' ? 86400 : 30 * 86400);
      if (which === 'timeout' && !Number.isNaN(seconds)) {
        setPolicy(before => ({ ...before, timeout_s: seconds }));
      }
      if (which === 'retry' && seconds !== null && !Number.isNaN(seconds)) {
        setPolicy(before => ({ ...before, retry_s: seconds }));
      }
    }
  };
}

/** Whether anything of it differs from what is usual, so that it has to be seen. */
export function isUnusual(policy: Policy): boolean {
  return (Object.keys(USUAL) as (keyof Policy)[]).some(name => policy[name] !== USUAL[name]);
}

function pick({ interval, catch_up, retries, retry_s, timeout_s }: Policy): Policy {
  return { interval, catch_up, retries, retry_s, timeout_s };
}
