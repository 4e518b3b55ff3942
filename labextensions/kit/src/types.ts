/** What travels between the plugins and the server: the shapes of the services' OpenAPI. */

export type JSONValue =
  string | number | boolean | null | JSONValue[] | { [key: string]: JSONValue };

export interface Share {
  id: string;
  owner: string;
  title: string;
  description: string;
  tags: string[];
  version: number;
  digest: string;
  created_at: string;
  updated_at: string;
  url: string;
  forked_from: ShareRef | null;
  forks: number;
}

export interface ShareRef {
  id: string;
  version: number;
}

export interface ShareRequest {
  path: string;
  title: string;
  description: string;
  tags: string[];
}

export interface NotebookCheck {
  cells: number;
  cells_with_errors: number[];
  cells_never_run: number[];
}

export type ParameterType = 'int' | 'float' | 'str' | 'bool' | 'list' | 'dict' | 'none' | 'other';

export interface Parameter {
  name: string;
  type: ParameterType;
  default: JSONValue;
  default_source: string;
  help: string;
}

export type Parameters = { [name: string]: JSONValue };

export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface RunError {
  cell: number | null;
  cell_source: string;
  ename: string;
  evalue: string;
  message: string;
}

export interface Run {
  id: string;
  job_id: string;
  owner: string;
  state: RunState;
  trigger: 'schedule' | 'manual';
  /** It stands for times that were missed, or waited long. */
  late: boolean;
  scheduled_for: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  duration_s: number | null;
  parameters: Parameters;
  cells_total: number | null;
  cells_done: number | null;
  error: RunError | null;
  url: string;
}

export interface Job {
  id: string;
  owner: string;
  name: string;
  notebook_path: string;
  cron: string | null;
  timezone: string;
  parameters: Parameters;
  enabled: boolean;
  created_at: string;
  updated_at: string;
  next_run_at: string | null;
  last_run: Run | null;
}

export interface JobRequest {
  path: string;
  name: string;
  cron: string | null;
  timezone: string;
  parameters: Parameters;
  enabled: boolean;
}

export interface JobChange {
  /** The notebook as it is there now takes the place of the job's own. */
  path?: string;
  name?: string;
  cron?: string | null;
  timezone?: string;
  parameters?: Parameters;
  enabled?: boolean;
}

export interface CronExplanation {
  expression: string;
  timezone: string;
  description: string;
  next: string[];
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
