/** What follows from runs and jobs alone. */

import type { Job, Run } from '@lodge/kit';

export function isActive(run: Run): boolean {
  return run.state === 'queued' || run.state === 'running';
}

/** The newest `most` runs, oldest first; a run that is in both comes from `newer`. */
export function mergeRuns(known: readonly Run[], newer: readonly Run[], most: number): Run[] {
  const byId = new Map(known.map(run => [run.id, run]));
  for (const run of newer) {
    byId.set(run.id, run);
  }
  return [...byId.values()]
    .sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id))
    .slice(-most);
}

/** Milliseconds until the next look: soon while something runs, else when a job is due. */
export function nextPoll(jobs: readonly Job[], now: number): number {
  if (jobs.some(job => job.last_run && isActive(job.last_run))) {
    return 2000;
  }
  const due = jobs
    .filter(job => job.enabled && job.next_run_at)
    .map(job => Date.parse(job.next_run_at ?? '') + 1500 - now);
  return Math.min(60000, Math.max(2000, ...(due.length ? [Math.min(...due)] : [60000])));
}

/** Seconds that a run has taken, up to now while it runs; null before its start. */
export function elapsed(run: Run, now: number): number | null {
  if (run.duration_s !== null) {
    return run.duration_s;
  }
  if (!run.started_at) {
    return null;
  }
  const end = run.ended_at ? Date.parse(run.ended_at) : now;
  return Math.max(0, (end - Date.parse(run.started_at)) / 1000);
}
