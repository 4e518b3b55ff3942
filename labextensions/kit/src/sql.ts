/** What the server extension tells of SQL sources. */

export interface SqlSource {
  name: string;
  /** Such as duckdb, postgres, hive, or a dialect of SQLAlchemy. */
  type: string;
  description: string;
  default: boolean;
}

export interface SqlTable {
  name: string;
  kind: string;
  /** As it is written in a query: quoted where it has to be. */
  sql: string;
}

export interface SqlColumn {
  name: string;
  type: string;
  sql: string;
}

export interface SqlPreview {
  columns: { name: string; type: string }[];
  /** Values as text; null is a missing one. */
  rows: (string | null)[][];
}
