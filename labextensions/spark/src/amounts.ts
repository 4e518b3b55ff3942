/** What follows from numbers alone. */

import type { SparkCached, SparkTasks } from '@lodge/kit/src/spark';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** "0 B", "8.2 KiB", "144 MiB". */
export function bytes(count: number): string {
  let value = Math.max(0, count);
  let unit = 0;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** A part of a whole from 0 to 1; of nothing 0. */
export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
}

/** How many tasks are behind a job, skipped ones among them. */
export function settled(tasks: SparkTasks): number {
  return Math.min(tasks.total, tasks.done + tasks.skipped);
}

/** A cached thing's name in a line: Spark names a table by its whole plan. */
export function shortName(cached: Pick<SparkCached, 'id' | 'name'>): string {
  return cached.name.trim().split('\n')[0] || `RDD ${cached.id}`;
}

/** What a job, stage or query is called: Python's calls without their place, cells by their line. */
export function calledName(one: { name: string; description?: string | null }): string {
  return (one.description || one.name)
    .replace(/ at NativeMethodAccessorImpl\.java:0$/, '')
    .replace(/ at \S*ipykernel_\d+\/\d+\.py:(\d+)$/, ' at cell line $1');
}

/** Milliseconds until the next look: two seconds at work, longer after each round without news. */
export function pace(busy: boolean, quietRounds: number): number {
  return busy ? 2000 : Math.min(16000, 2000 * 2 ** Math.max(0, quietRounds - 2));
}
