import type { Job, LodgeApi, Page, Run } from '@lodge/kit';
import { sentence } from '@lodge/kit';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { isActive, mergeRuns, nextPoll } from './runs';

const PAGE = 20;
const STRIP = 12;

/** A job as the panel shows it. */
export interface JobRow {
  job: Job;
  /** Oldest first. */
  runs: Run[];
  /** The cron expression in words; null while unknown, or without one. */
  words: string | null;
  /** What was asked for and isn't answered yet. */
  busy: 'run' | 'toggle' | 'delete' | 'cancel' | null;
  /** Why the last thing asked for failed. */
  problem: string | null;
}

export interface JobsState {
  phase: 'loading' | 'ready' | 'error';
  /** Of the phase `error`, or of a refresh that failed while rows are shown. */
  message: string | null;
  rows: JobRow[];
  more: boolean;
  loadingMore: boolean;
  /** The job that the user just made. */
  shown: string | null;
}

/**
 * The user's jobs and their last runs, kept fresh while somebody looks.
 *
 * While a run is queued or running the server is asked every two seconds, otherwise at the next
 * time that a job is due, at most a minute later; hidden, or in a hidden browser tab, never.
 */
export class JobsModel {
  constructor(
    private readonly api: LodgeApi,
    private readonly language: 'en' | 'zh'
  ) {
    this.poll = new Poll({
      name: '@lodge/schedule:jobs',
      auto: false,
      standby: 'when-hidden',
      frequency: { interval: 2000, backoff: true, max: 60000 },
      factory: () => this.load()
    });
  }

  get changed(): ISignal<this, JobsState> {
    return this._changed;
  }

  get state(): JobsState {
    return this._state;
  }

  /** Ask now, and go on asking until `sleep`. */
  wake(): void {
    this.awake = true;
    void this.refresh();
  }

  sleep(): void {
    this.awake = false;
    void this.poll.stop();
  }

  async refresh(): Promise<void> {
    if (this._state.phase === 'error') {
      this.set({ phase: 'loading', message: null });
    }
    if (this.awake) {
      await this.poll.refresh();
    }
  }

  /** Put a job that was just made or changed on top, without waiting for the next answer. */
  show(job: Job): void {
    const others = this._state.rows.filter(row => row.job.id !== job.id);
    this.set({ phase: 'ready', rows: [this.row(job), ...others], shown: job.id });
    void this.refresh();
  }

  async loadMore(): Promise<void> {
    this.pages += 1;
    this.set({ loadingMore: true });
    await this.refresh();
    this.set({ loadingMore: false });
  }

  runNow(id: string): Promise<void> {
    return this.act(id, 'run', async () => {
      const run = await this.api.runNow(id);
      this.setRow(id, row => ({
        job: { ...row.job, last_run: run },
        runs: mergeRuns(row.runs, [run], STRIP)
      }));
    });
  }

  cancel(id: string, run: Run): Promise<void> {
    return this.act(id, 'cancel', async () => {
      const cancelled = await this.api.cancelRun(run.id);
      this.setRow(id, row => ({ runs: mergeRuns(row.runs, [cancelled], STRIP) }));
    });
  }

  toggle(id: string, enabled: boolean): Promise<void> {
    return this.act(id, 'toggle', async () => {
      const job = await this.api.changeJob(id, { enabled });
      this.setRow(id, () => ({ job }));
    });
  }

  /** Delete a job; a run of it that is under way is cancelled. */
  remove(id: string): Promise<void> {
    return this.act(id, 'delete', async () => {
      await this.api.deleteJob(id, true);
      this.set({ rows: this._state.rows.filter(row => row.job.id !== id) });
    });
  }

  private async act(id: string, busy: JobRow['busy'], ask: () => Promise<void>): Promise<void> {
    this.setRow(id, () => ({ busy, problem: null }));
    try {
      await ask();
      this.setRow(id, () => ({ busy: null }));
    } catch (error) {
      this.setRow(id, () => ({ busy: null, problem: sentence(error) }));
    }
    await this.refresh();
  }

  private async load(): Promise<void> {
    try {
      const { jobs, more } = await this.loadPages();
      const rows = jobs.map(job => this.row(job));
      this.set({ phase: 'ready', message: null, rows, more });
      await Promise.all([...rows.map(row => this.loadRuns(row.job)), this.loadWords(rows)]);
    } catch (error) {
      const shown = this._state.rows.length > 0;
      this.set({ phase: shown ? 'ready' : 'error', message: sentence(error) });
      throw error; // Poll waits longer after each failure.
    } finally {
      const jobs = this._state.rows.map(row => row.job);
      this.poll.frequency = {
        interval: nextPoll(jobs, Date.now()),
        backoff: true,
        max: 60000
      };
    }
  }

  private async loadPages(): Promise<{ jobs: Job[]; more: boolean }> {
    const jobs: Job[] = [];
    let page: Page<Job> | null = null;
    for (let count = 0; count < this.pages && (!page || page.next_cursor); count += 1) {
      page = await this.api.jobs({ limit: PAGE, cursor: page?.next_cursor ?? undefined });
      jobs.push(...page.items);
    }
    return { jobs, more: !!page?.next_cursor };
  }

  /** The row of a job, with what is already known about it. */
  private row(job: Job): JobRow {
    const before = this._state.rows.find(row => row.job.id === job.id);
    return {
      job,
      runs: mergeRuns(before?.runs ?? [], job.last_run ? [job.last_run] : [], STRIP),
      words: this.words.get(wordsKey(job)) ?? null,
      busy: before?.busy ?? null,
      problem: before?.problem ?? null
    };
  }

  /** Ask for a job's strip, when its last run is one that wasn't there, or ended without us. */
  private async loadRuns(job: Job): Promise<void> {
    const last = job.last_run ? `${job.last_run.id} ${isActive(job.last_run)}` : '';
    if (this.strips.get(job.id) === last) {
      return;
    }
    try {
      const page = last ? await this.api.runs(job.id, { limit: STRIP }) : { items: [] };
      this.strips.set(job.id, last);
      this.setRow(job.id, row => ({ runs: mergeRuns(row.runs, page.items, STRIP) }));
    } catch {
      // The last run came with the job; the rest of the strip is asked for again next time.
    }
  }

  private async loadWords(rows: readonly JobRow[]): Promise<void> {
    const asked = new Set<string>();
    await Promise.all(
      rows.map(async ({ job }) => {
        const key = wordsKey(job);
        if (!job.cron || this.words.has(key) || asked.has(key)) {
          return;
        }
        asked.add(key);
        try {
          const answer = await this.api.cron(job.cron, job.timezone, this.language);
          this.words.set(key, answer.description);
        } catch {
          this.words.set(key, job.cron);
        }
      })
    );
    if (asked.size) {
      this.set({ rows: this._state.rows.map(row => this.row(row.job)) });
    }
  }

  private setRow(id: string, change: (row: JobRow) => Partial<JobRow>): void {
    this.set({
      rows: this._state.rows.map(row => (row.job.id === id ? { ...row, ...change(row) } : row))
    });
  }

  private set(change: Partial<JobsState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit(this._state);
  }

  private readonly poll: Poll;
  private readonly words = new Map<string, string>();
  private readonly strips = new Map<string, string>();
  private awake = false;
  private pages = 1;
  private _changed = new Signal<this, JobsState>(this);
  private _state: JobsState = {
    phase: 'loading',
    message: null,
    rows: [],
    more: false,
    loadingMore: false,
    shown: null
  };
}

function wordsKey(job: Job): string {
  return `${job.cron ?? ''} ${job.timezone}`;
}
