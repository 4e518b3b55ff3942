/**
 * What travels between the plugins and the server.
 *
 * The services' own shapes come from their OpenAPI documents (`npm run types`); those of the server
 * extension stand here.
 */
import type { components as Schedules } from './wire/schedules';
import type { components as Shares } from './wire/shares';

export type JSONValue =
  string | number | boolean | null | JSONValue[] | { [key: string]: JSONValue };

export type Share = Shares['schemas']['ShareModel'];
export type Readers = Shares['schemas']['ReadersModel'];
export type Publication = Shares['schemas']['PublicationModel'];
export type ShareNotice = Shares['schemas']['NoticeModel'];
export type Wiki = Shares['schemas']['WikiModel'];
export type CronExplanation = Schedules['schemas']['CronOut'];
export type ScheduleAlert = Schedules['schemas']['AlertOut'];
export type RunError = Schedules['schemas']['RunErrorOut'];
export type RunState = Run['state'];

export type Parameters = { [name: string]: JSONValue };

export interface Run extends Omit<Schedules['schemas']['RunOut'], 'parameters'> {
  parameters: Parameters;
}

export interface Job extends Omit<Schedules['schemas']['JobOut'], 'parameters' | 'last_run'> {
  parameters: Parameters;
  last_run: Run | null;
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
  /** Who may read it; without, everyone a new share, and of another one those who may. */
  readers?: Readers;
  /** Files that go along, by their paths from the notebook; without, those of the version before. */
  files?: string[];
}

/** A file that may go along with a notebook. */
export interface OfferedFile {
  /** Its path from the notebook. */
  name: string;
  size: number;
  ticked: boolean;
  /** Compared with the version before; all are new where there is none. */
  state: 'new' | 'same' | 'changed' | 'gone';
  danger: '' | 'hidden' | 'secret';
  /** What it seems to hold; not the secrets. */
  secrets: string[];
}

export interface OfferedFiles {
  items: OfferedFile[];
  /** In bytes: of a file, and of all; and how many there may be. */
  limits: { each: number; all: number; most: number };
  /** That the files are compared with. */
  version: number | null;
}

/** The share that a notebook is, where it is one of the user's, and the wikis it is in. */
export interface NotebookPage {
  share: Share | null;
  wikis: string[];
}

/** What differs from the newest version of its share. */
export interface NotebookChanges {
  version: number;
  /** Lines of source. */
  added: number;
  removed: number;
  /** Cells whose source, outputs or settings differ. */
  cells: number;
}

export interface NotebookCheck {
  cells: number;
  cells_with_errors: number[];
  cells_never_run: number[];
  /** Run before one that stands above them. */
  cells_out_of_order: number[];
  large_outputs: number[];
  secrets: FoundSecret[];
}

/** Where a secret stands, and what it looks like; not the secret. */
export interface FoundSecret {
  cell: number;
  place: 'source' | 'output';
  kind: string;
}

export type ParameterType = 'int' | 'float' | 'str' | 'bool' | 'list' | 'dict' | 'none' | 'other';

export interface Parameter {
  name: string;
  type: ParameterType;
  default: JSONValue;
  default_source: string;
  help: string;
}

export interface JobRequest {
  path: string;
  name: string;
  cron: string | null;
  timezone: string;
  parameters: Parameters;
  enabled: boolean;
  /** The share on whose page each successful run is put. */
  share_id: string | null;
  /** Whether the share's pages in wikis get each of these runs. */
  publish: boolean;
  /** What a run stands for: whole units, or from one time to the next. */
  interval: Job['interval'];
  /** What becomes of missed times. */
  catch_up: Job['catch_up'];
  retries: number;
  retry_s: number;
  timeout_s: number | null;
}

export interface JobChange {
  /** The notebook as it is there now takes the place of the job's own. */
  path?: string;
  name?: string;
  cron?: string | null;
  timezone?: string;
  parameters?: Parameters;
  enabled?: boolean;
  share_id?: string | null;
  publish?: boolean;
  interval?: Job['interval'];
  catch_up?: Job['catch_up'];
  retries?: number;
  retry_s?: number;
  timeout_s?: number | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
