/** Jobs of one notebook, so that a second one of the same name is not made by accident. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Job, LodgeApi } from '@lodge/kit';

/** The user's jobs of a notebook. */
export async function ownJobs(api: LodgeApi, path: string): Promise<Job[]> {
  const jobs: Job[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.jobs({ limit: 100, cursor });
    jobs.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return jobs.filter(job => job.notebook_path === path);
}

/** The name of a job that runs when asked, beside one that is on a schedule under that name. */
export function nameOfAsked(
  name: string,
  jobs: readonly Pick<Job, 'name' | 'cron'>[],
  trans: Pick<TranslationBundle, '__'>
): string {
  const scheduled = jobs.some(job => job.name === name && job.cron !== null);
  return scheduled ? trans.__('%1 (when asked)', name) : name;
}
