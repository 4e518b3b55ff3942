import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { SparkJobs, SparkQueries, SparkSessions, SparkStorage } from './spark';
import type { SqlColumn, SqlPreview, SqlSource, SqlTable } from './sql';
import type {
  CronExplanation,
  Job,
  JobChange,
  JobRequest,
  NotebookChanges,
  NotebookCheck,
  NotebookPage,
  OfferedFile,
  OfferedFiles,
  Page,
  Parameter,
  Parameters,
  Publication,
  Run,
  ScheduleAlert,
  Share,
  ShareNotice,
  ShareRequest,
  Wiki
} from './types';

/** An answer that is no success: one sentence for the user, and a reason for the code. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: { [name: string]: string | undefined };
  body?: object;
  signal?: AbortSignal;
}

/** The server extension's endpoints below `lodge/api`; every call rejects with an ApiError. */
export class LodgeApi {
  constructor(
    private readonly trans: TranslationBundle,
    private readonly settings = ServerConnection.makeSettings()
  ) {}

  share(request: ShareRequest): Promise<Share> {
    return this.request('shares', { method: 'POST', body: request });
  }

  getShare(id: string): Promise<Share> {
    return this.request(`shares/${encodeURIComponent(id)}`);
  }

  /** The comments that concern the user and that they have not seen. */
  async notices(): Promise<ShareNotice[]> {
    return (await this.request<Page<ShareNotice>>('notices')).items;
  }

  /** What is told of the user's schedules and that they have not seen, the last first. */
  async alerts(language: 'en' | 'zh'): Promise<ScheduleAlert[]> {
    return (await this.request<Page<ScheduleAlert>>('alerts', { query: { language } })).items;
  }

  async wikis(): Promise<Wiki[]> {
    return (await this.request<Page<Wiki>>('wikis')).items;
  }

  /** What a new page of a wiki can go below, of what begins as somebody has typed. */
  async parents(wiki: string, begun: string): Promise<string[]> {
    const path = `wikis/${encodeURIComponent(wiki)}/parents`;
    return (await this.request<Page<string>>(path, { query: { begun } })).items;
  }

  async publications(shareId: string): Promise<Publication[]> {
    const path = `shares/${encodeURIComponent(shareId)}/wikis`;
    return (await this.request<Page<Publication>>(path)).items;
  }

  /** Answered at once; the wiki's page is written after that. */
  publish(
    shareId: string,
    wiki: string,
    parent: string,
    language: 'en' | 'zh'
  ): Promise<Publication> {
    const path = `shares/${encodeURIComponent(shareId)}/wikis/${encodeURIComponent(wiki)}`;
    return this.request(path, { method: 'PUT', body: { parent, language } });
  }

  check(path: string): Promise<NotebookCheck> {
    return this.request('notebooks/check', { query: { path } });
  }

  /** The files that may go along with a notebook. */
  files(path: string): Promise<OfferedFiles> {
    return this.request('notebooks/files', { query: { path } });
  }

  /** A file that is named by hand, by its path from the notebook. */
  file(path: string, name: string): Promise<OfferedFile> {
    return this.request('notebooks/file', { query: { path, name } });
  }

  /** What a notebook of the user's has changed since it was shared. */
  changes(path: string): Promise<NotebookChanges> {
    return this.request('notebooks/changes', { query: { path } });
  }

  /** The share that a notebook of the user's is. */
  page(path: string): Promise<NotebookPage> {
    return this.request('notebooks/page', { query: { path } });
  }

  async parameters(path: string): Promise<Parameter[]> {
    const answer = await this.request<{ parameters: Parameter[] }>('notebooks/parameters', {
      query: { path }
    });
    return answer.parameters;
  }

  jobs(options: { cursor?: string; limit?: number } = {}): Promise<Page<Job>> {
    return this.request('jobs', { query: paging(options) });
  }

  createJob(job: JobRequest): Promise<Job> {
    return this.request('jobs', { method: 'POST', body: job });
  }

  changeJob(id: string, change: JobChange): Promise<Job> {
    return this.request(`jobs/${encodeURIComponent(id)}`, { method: 'PATCH', body: change });
  }

  /** Forced, a run that is under way is cancelled; else it keeps the job from being deleted. */
  deleteJob(id: string, force = false): Promise<void> {
    return this.request(`jobs/${encodeURIComponent(id)}`, {
      method: 'DELETE',
      query: { force: force ? 'true' : undefined }
    });
  }

  runs(jobId: string, options: { cursor?: string; limit?: number } = {}): Promise<Page<Run>> {
    return this.request(`jobs/${encodeURIComponent(jobId)}/runs`, { query: paging(options) });
  }

  runNow(jobId: string, parameters?: Parameters): Promise<Run> {
    return this.request(`jobs/${encodeURIComponent(jobId)}/runs`, {
      method: 'POST',
      body: parameters ? { parameters } : {}
    });
  }

  run(id: string): Promise<Run> {
    return this.request(`runs/${encodeURIComponent(id)}`);
  }

  cancelRun(id: string): Promise<Run> {
    return this.request(`runs/${encodeURIComponent(id)}/cancel`, { method: 'POST', body: {} });
  }

  cron(
    expression: string,
    timezone: string,
    language: 'en' | 'zh',
    signal?: AbortSignal
  ): Promise<CronExplanation> {
    return this.request('cron', {
      query: { expression, timezone, count: '5', language },
      signal
    });
  }

  sparkSessions(): Promise<SparkSessions> {
    return this.request('spark/sessions');
  }

  sparkJobs(application: string, limit: number): Promise<SparkJobs> {
    return this.request(`${sparkSession(application)}/jobs`, { query: { limit: `${limit}` } });
  }

  sparkQueries(application: string, limit: number): Promise<SparkQueries> {
    return this.request(`${sparkSession(application)}/sql`, { query: { limit: `${limit}` } });
  }

  sparkStorage(application: string): Promise<SparkStorage> {
    return this.request(`${sparkSession(application)}/storage`);
  }

  cancelSparkJob(application: string, id: number): Promise<void> {
    return this.request(`${sparkSession(application)}/jobs/${id}/cancel`, {
      method: 'POST',
      body: {}
    });
  }

  /** The address of a session's own Spark UI. */
  sparkUi(application: string): string {
    const path = `${encodeURIComponent(application)}/`;
    return URLExt.join(this.settings.baseUrl, 'lodge/spark', path);
  }

  /** Fresh, the source is asked again; else an answer may be a minute old. */
  sqlSources(fresh = false): Promise<{ items: SqlSource[] }> {
    return this.request('sql/sources', { query: anew(fresh) });
  }

  sqlTables(source: string, fresh = false): Promise<{ items: SqlTable[] }> {
    return this.request(`${sqlSource(source)}/tables`, { query: anew(fresh) });
  }

  sqlColumns(source: string, table: string, fresh = false): Promise<{ items: SqlColumn[] }> {
    return this.request(`${sqlTable(source, table)}/columns`, { query: anew(fresh) });
  }

  sqlPreview(source: string, table: string, limit: number): Promise<SqlPreview> {
    return this.request(`${sqlTable(source, table)}/preview`, { query: { limit: `${limit}` } });
  }

  private async request<T>(path: string, options: RequestOptions = {}): Promise<T> {
    const { method = 'GET', query = {}, body, signal } = options;
    const given = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]);
    const search = given.length ? `?${new URLSearchParams(given).toString()}` : '';
    const url = URLExt.join(this.settings.baseUrl, 'lodge', 'api', path) + search;
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(
        url,
        { method, body: body ? JSON.stringify(body) : undefined, signal: signal ?? null },
        this.settings
      );
    } catch {
      if (signal?.aborted) {
        throw new ApiError(0, 'aborted', '');
      }
      throw new ApiError(
        0,
        'unreachable',
        this.trans.__('Your server did not answer; check the connection and try again.')
      );
    }
    if (!response.ok) {
      throw await this.failure(response);
    }
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  private async failure(response: Response): Promise<ApiError> {
    let message = '';
    let reason = '';
    try {
      const answer = (await response.json()) as { message?: unknown; reason?: unknown };
      message = typeof answer.message === 'string' ? answer.message : '';
      reason = typeof answer.reason === 'string' ? answer.reason : '';
    } catch {
      // A page of a proxy, not an answer of ours: the status has to do.
    }
    return new ApiError(
      response.status,
      reason,
      message ||
        this.trans.__(
          'Your server answered with status %1 and no explanation; try again in a moment.',
          response.status
        )
    );
  }
}

function sparkSession(application: string): string {
  return `spark/sessions/${encodeURIComponent(application)}`;
}

function sqlSource(source: string): string {
  return `sql/sources/${encodeURIComponent(source)}`;
}

function sqlTable(source: string, table: string): string {
  return `${sqlSource(source)}/tables/${encodeURIComponent(table)}`;
}

function anew(fresh: boolean): { refresh: string | undefined } {
  return { refresh: fresh ? 'true' : undefined };
}

function paging(options: { cursor?: string; limit?: number }): {
  [name: string]: string | undefined;
} {
  return { cursor: options.cursor, limit: options.limit?.toString() };
}

/** The sentence of an error, whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
