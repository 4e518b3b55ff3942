import type { TranslationBundle } from '@jupyterlab/translation';
import type {
  LodgeApi,
  SparkBroadcast,
  SparkJobs,
  SparkQueries,
  SparkSession,
  SparkStorage
} from '@lodge/kit';
import { KernelQuestions, sentence } from '@lodge/kit';
import type { Kernel } from '@jupyterlab/services';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { pace } from './amounts';

const PAGE = 20;
const MOST = 100;

export type Tab = 'jobs' | 'storage' | 'sql';

export interface SparkState {
  phase: 'loading' | 'ready' | 'error';
  /** Of the phase `error`, or of a refresh that failed while something is shown. */
  message: string | null;
  sessions: SparkSession[];
  /** The application that is looked at. */
  application: string | null;
  tab: Tab;
  jobs: SparkJobs | null;
  storage: SparkStorage | null;
  sql: SparkQueries | null;
  /** Why the tab's content could not be had. */
  problem: string | null;
  /** The job that is being cancelled. */
  cancelling: number | null;
  /** What is being let go, by the number of its RDD. */
  letting: number | null;
  /** Null until they were asked for. */
  broadcasts: { items: SparkBroadcast[]; total: number } | null;
}

const NOTHING = {
  jobs: null,
  storage: null,
  sql: null,
  problem: null,
  cancelling: null,
  letting: null,
  broadcasts: null
};

/** The connection of an open notebook to its kernel. */
export type KernelOf = (id: string) => Kernel.IKernelConnection | null;

/**
 * The user's Spark sessions, and one tab of one of them, kept fresh while somebody looks.
 *
 * The server is asked every two seconds while jobs run, less and less while none does, and never
 * while the panel or the browser's tab is hidden.
 */
export class SparkModel {
  constructor(
    private readonly api: LodgeApi,
    private readonly trans: TranslationBundle,
    private readonly kernelOf: KernelOf
  ) {
    this.poll = new Poll({
      name: '@lodge/spark:sessions',
      auto: false,
      standby: 'when-hidden',
      frequency: { interval: 2000, backoff: true, max: 30000 },
      factory: () => this.load()
    });
  }

  get changed(): ISignal<this, SparkState> {
    return this._changed;
  }

  get state(): SparkState {
    return this._state;
  }

  get session(): SparkSession | null {
    return this._state.sessions.find(one => one.application === this._state.application) ?? null;
  }

  /** Whether more of a list can be asked for. */
  get canGrow(): boolean {
    return this.limit < MOST;
  }

  uiOf(session: SparkSession): string {
    return this.api.sparkUi(session.application);
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
    this.quiet = 0;
    if (this._state.phase === 'error') {
      this.set({ phase: 'loading', message: null });
    }
    if (this.awake) {
      await this.poll.refresh();
    }
  }

  show(application: string): void {
    this.limit = PAGE;
    this.set({ ...NOTHING, application });
    void this.refresh();
  }

  select(tab: Tab): void {
    if (tab !== this._state.tab) {
      this.limit = PAGE;
      this.set({ tab, problem: null });
      void this.refresh();
    }
  }

  more(): Promise<void> {
    this.limit = Math.min(MOST, this.limit + PAGE);
    return this.refresh();
  }

  async cancel(job: number): Promise<void> {
    const { application } = this._state;
    if (application === null) {
      return;
    }
    this.set({ cancelling: job, problem: null });
    let problem: string | null = null;
    try {
      await this.api.cancelSparkJob(application, job);
    } catch (error) {
      problem = this.trans.__('Job %1 was not cancelled: %2', job, sentence(error));
    }
    await this.refresh();
    if (this._state.application === application) {
      this.set({ cancelling: null, problem: problem ?? this._state.problem });
    }
  }

  /** Let go what is cached; the kernel does it, between two cells. */
  async unpersist(rdd: number): Promise<void> {
    this.set({ letting: rdd, problem: null });
    const problem = await this.asked({ unpersist: rdd }, () => undefined);
    this.set({ letting: null });
    await this.refresh();
    this.set({ problem: problem ?? this._state.problem });
  }

  /** Ask the kernel for broadcast variables, which Spark's own addresses don't tell. */
  async showBroadcasts(): Promise<void> {
    const problem = await this.asked({ broadcasts: true }, answer => {
      const items = answer.broadcasts as SparkBroadcast[];
      this.set({ broadcasts: { items, total: Number(answer.total) } });
    });
    this.set({ problem });
  }

  private async asked(
    question: Record<string, unknown>,
    then: (answer: Record<string, unknown>) => void
  ): Promise<string | null> {
    const { application, session } = {
      application: this._state.application,
      session: this.session
    };
    const questions = new KernelQuestions(
      'lodge.spark',
      () => (session?.kernel ? this.kernelOf(session.kernel.id) : null),
      {
        noKernel: this.trans.__(
          'Open the notebook of this session first; its kernel has to do it.'
        ),
        noAnswer: this.trans.__('The kernel of this session did not answer.')
      }
    );
    try {
      const answer = await questions.ask(question);
      if (this._state.application === application) {
        then(answer);
      }
      return null;
    } catch (error) {
      return sentence(error);
    } finally {
      questions.dispose();
    }
  }

  private async load(): Promise<void> {
    try {
      const sessions = (await this.api.sparkSessions()).items;
      const known = sessions.some(one => one.application === this._state.application);
      const application = known ? this._state.application : (sessions[0]?.application ?? null);
      this.set({
        ...(known ? {} : NOTHING),
        ...{ phase: 'ready', message: null, sessions, application }
      });
    } catch (error) {
      const shown = this._state.sessions.length > 0;
      this.set({ phase: shown ? 'ready' : 'error', message: sentence(error) });
      throw error; // Poll waits longer after each failure.
    }
    await this.loadTab();
    const busy = this._state.sessions.some(one =>
      one.connect ? one.connect.queries > 0 : one.jobs_total > 0 || !one.executors
    );
    this.quiet = busy ? 0 : this.quiet + 1;
    this.poll.frequency = { interval: pace(busy, this.quiet), backoff: true, max: 30000 };
  }

  private async loadTab(): Promise<void> {
    const { application, tab } = this._state;
    if (application === null || !this.session?.executors) {
      return;
    }
    let found: Partial<SparkState>;
    try {
      if (tab === 'jobs') {
        found = { jobs: await this.api.sparkJobs(application, this.limit) };
      } else if (tab === 'storage') {
        found = { storage: await this.api.sparkStorage(application) };
      } else {
        found = { sql: await this.api.sparkQueries(application, this.limit) };
      }
      found.problem = null;
    } catch (error) {
      found = { problem: sentence(error) };
    }
    // The user may look at something else by now.
    if (this._state.application === application && this._state.tab === tab) {
      this.set(found);
    }
  }

  private set(change: Partial<SparkState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit(this._state);
  }

  private readonly poll: Poll;
  private awake = false;
  private limit = PAGE;
  private quiet = 0;
  private _changed = new Signal<this, SparkState>(this);
  private _state: SparkState = {
    phase: 'loading',
    message: null,
    sessions: [],
    application: null,
    tab: 'jobs',
    ...NOTHING
  };
}
