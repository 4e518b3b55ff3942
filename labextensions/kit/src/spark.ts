/** What the server extension tells of Spark sessions: bytes, seconds, times in ISO 8601. */

export interface SparkExecutor {
  id: string;
  host: string;
  driver: boolean;
  active: boolean;
  excluded: boolean;
  cores: number;
  memory_used: number;
  memory_total: number;
  disk_used: number;
  tasks_active: number;
  tasks_done: number;
  tasks_failed: number;
  shuffle_read: number;
  shuffle_written: number;
}

export interface SparkExecutors {
  /** At most 100; the sums are over all. */
  items: SparkExecutor[];
  total: number;
  cores: number;
  memory_used: number;
  memory_total: number;
  disk_used: number;
  tasks_active: number;
  tasks_failed: number;
}

export interface SparkTasks {
  total: number;
  done: number;
  running: number;
  failed: number;
  killed: number;
  skipped: number;
}

export interface SparkRunningJob {
  id: number;
  name: string;
  description: string | null;
  group: string | null;
  status: string;
  submitted: string | null;
  completed: string | null;
  seconds: number | null;
  tasks: SparkTasks;
  stages_total: number;
}

export interface SparkSkew {
  median: number;
  slowest: number;
  ratio: number;
  marked: boolean;
  message: string | null;
}

export interface SparkStage {
  id: number;
  attempt: number;
  name: string;
  description: string | null;
  status: string;
  tasks: SparkTasks;
  seconds: number | null;
  input: number;
  output: number;
  shuffle_read: number;
  shuffle_written: number;
  spill_memory: number;
  spill_disk: number;
  failure: string | null;
  skew: SparkSkew | null;
}

export interface SparkJob extends SparkRunningJob {
  stages: SparkStage[];
  skewed: boolean;
}

/** The queries of the cell that runs in a session of Spark Connect. */
export interface SparkConnect {
  queries: number;
  queries_done: number;
  tasks: number;
  tasks_done: number;
  tasks_running: number;
}

export interface SparkSession {
  application: string;
  name: string;
  master: string;
  queue: string | null;
  version: string;
  started: string | null;
  pid: number;
  /** Whether there is a Spark UI to open. */
  ui: boolean;
  kernel: { id: string; path: string | null } | null;
  /** Null while the driver doesn't tell. */
  executors: SparkExecutors | null;
  jobs: SparkRunningJob[];
  jobs_total: number;
  error: { message: string; reason: string } | null;
  /** Null for a session with a driver of its own. */
  connect: SparkConnect | null;
}

export interface SparkSessions {
  items: SparkSession[];
}

export interface SparkJobs {
  items: SparkJob[];
  total: number;
}

export interface SparkQuery {
  id: number;
  status: string;
  description: string;
  submitted: string | null;
  seconds: number | null;
  error: string | null;
  plan: string;
  plan_cut: boolean;
  jobs: { running: number[]; succeeded: number[]; failed: number[] };
}

export interface SparkQueries {
  items: SparkQuery[];
  total: number;
}

export interface SparkBlock {
  name: string;
  level: string;
  memory: number;
  disk: number;
  executors: string[];
}

export interface SparkCached {
  id: number;
  name: string;
  /** By its documented name, such as MEMORY_AND_DISK. */
  level: string;
  fraction: number;
  partitions: number;
  partitions_cached: number;
  memory: number;
  disk: number;
  executors: { executor: string; host: string; memory: number; disk: number }[];
  blocks: SparkBlock[];
  blocks_total: number;
  mark: { reason: 'partial' | 'evicted'; message: string } | null;
}

/** A broadcast variable; Spark's own ones, of task code, have no name. */
export interface SparkBroadcast {
  id: number;
  name: string;
  memory: number;
  disk: number;
  executors: string[];
}

export interface SparkStorage {
  cached: SparkCached[];
  total: number;
  shuffle: { executor: string; host: string; written: number; read: number }[];
}
