/** From which day to which a job runs: whole days of its time zone, as a person names them. */

import type { Job } from '@lodge/kit';
import React from 'react';

type Moments = Pick<Job, 'starts_at' | 'ends_at'>;

export interface Period {
  /** The first day and the last one, as `2026-11-29`; empty for none. */
  first: string;
  last: string;
}

export interface PeriodState {
  period: Period;
  /** Whether it ends before it begins. */
  invalid: boolean;
  /** What the job is told. */
  moments: Moments;
  change: (change: Partial<Period>) => void;
}

/** The first moment of a day in a zone; where clocks skip midnight, the one at which they go on. */
export function beginning(day: string, zone: string): string {
  const wall = Date.parse(`${day}T00:00:00Z`);
  // Offsets change at most once between the two guesses; the later moment is there in any case.
  const guesses = [wall - offset(wall - 86_400_000, zone), wall - offset(wall + 86_400_000, zone)];
  const found = guesses.filter(one => dayOf(new Date(one).toISOString(), zone) >= day);
  return new Date(Math.min(...(found.length ? found : guesses))).toISOString();
}

/** The day on which a moment is in a zone. */
export function dayOf(moment: string, zone: string): string {
  const parts = partsOf(Date.parse(moment), zone);
  return `${parts.year.padStart(4, '0')}-${parts.month}-${parts.day}`;
}

export function dayAfter(day: string, days = 1): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The days of a job's moments; the last day holds the moment before its end. */
export function periodOf({ starts_at, ends_at }: Moments, zone: string): Period {
  const before = ends_at && new Date(Date.parse(ends_at) - 1).toISOString();
  return {
    first: starts_at ? dayOf(starts_at, zone) : '',
    last: before ? dayOf(before, zone) : ''
  };
}

/** The period of a job as it is edited; a moment that nobody touches stays what it was. */
export function usePeriod(job: Job | null, zone: string): PeriodState {
  const [before] = React.useState<Moments>({
    starts_at: job?.starts_at ?? null,
    ends_at: job?.ends_at ?? null
  });
  const [was] = React.useState(() => periodOf(before, job?.timezone ?? zone));
  const [period, setPeriod] = React.useState(was);
  const same = zone === (job?.timezone ?? zone);
  const { first, last } = period;
  return {
    period,
    invalid: !!first && !!last && last < first,
    moments: {
      starts_at:
        same && first === was.first ? before.starts_at : first ? beginning(first, zone) : null,
      ends_at:
        same && last === was.last ? before.ends_at : last ? beginning(dayAfter(last), zone) : null
    },
    change: change => setPeriod(now => ({ ...now, ...change }))
  };
}

function partsOf(time: number, zone: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit'
  });
  return Object.fromEntries(format.formatToParts(time).map(part => [part.type, part.value]));
}

/** How far the clocks of a zone are ahead of UTC, in milliseconds. */
function offset(time: number, zone: string): number {
  const { year, month, day, hour, minute, second } = partsOf(time, zone);
  const shown = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second);
  return shown - Math.floor(time / 1000) * 1000;
}
