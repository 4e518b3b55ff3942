import type { LodgeApi, SqlPreview, SqlSource, SqlTable } from '@lodge/kit';
import { ApiError, sentence } from '@lodge/kit';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Loaded, Tree } from './rows';
import { keyOf } from './rows';

const PREVIEW_ROWS = 20;

export interface Chosen {
  source: string;
  table: SqlTable;
}

export type Preview =
  | { phase: 'loading' }
  | { phase: 'ready'; found: SqlPreview }
  | { phase: 'error'; message: string };

export interface CatalogState extends Tree {
  phase: 'loading' | 'ready' | 'error';
  message: string | null;
  /** The table that is looked at. */
  chosen: Chosen | null;
  /** Its first rows, once somebody asked. */
  preview: Preview | null;
}

/** The user's SQL sources; each list is asked for when it is first looked into. */
export class CatalogModel {
  constructor(private readonly api: LodgeApi) {}

  get changed(): ISignal<this, CatalogState> {
    return this._changed;
  }

  get state(): CatalogState {
    return this._state;
  }

  source(name: string): SqlSource | undefined {
    return this._state.sources.find(one => one.name === name);
  }

  /** Somebody looks: ask if nobody did so far. */
  wake(): void {
    if (!this.awake) {
      this.awake = true;
      void this.load(false);
    }
  }

  /** Ask again for everything that is open. */
  async refresh(): Promise<void> {
    this.awake = true;
    if (this._state.phase === 'error') {
      this.set({ phase: 'loading', message: null });
    }
    await this.load(true);
  }

  filter(filter: string): void {
    this.set({ filter });
    if (filter.trim()) {
      for (const { name } of this._state.sources) {
        this.needTables(name);
      }
    }
  }

  toggle(source: string, table: string | null, open?: boolean): void {
    const key = table === null ? keyOf(source) : keyOf(source, table);
    const opened = new Set(this._state.open);
    if (open ?? !opened.has(key)) {
      opened.add(key);
      if (table === null) {
        this.needTables(source);
      } else {
        this.needColumns(source, table);
      }
    } else {
      opened.delete(key);
    }
    this.set({ open: opened });
  }

  retry(source: string, table: string | null): void {
    if (table === null) {
      void this.loadTables(source, true);
    } else {
      void this.loadColumns(source, table, true);
    }
  }

  choose(chosen: Chosen | null): void {
    const now = this._state.chosen;
    if (now?.source !== chosen?.source || now?.table.name !== chosen?.table.name) {
      this.set({ chosen, preview: null });
    }
  }

  async preview(): Promise<void> {
    const { chosen } = this._state;
    if (!chosen) {
      return;
    }
    this.set({ preview: { phase: 'loading' } });
    let preview: Preview;
    try {
      const found = await this.api.sqlPreview(chosen.source, chosen.table.name, PREVIEW_ROWS);
      preview = { phase: 'ready', found };
    } catch (error) {
      preview = { phase: 'error', message: sentence(error) };
    }
    // Another table may be looked at by now.
    if (this._state.chosen === chosen) {
      this.set({ preview });
    }
  }

  private async load(fresh: boolean): Promise<void> {
    try {
      const sources = (await this.api.sqlSources(fresh)).items;
      this.set({ phase: 'ready', message: null, sources });
    } catch (error) {
      const shown = this._state.sources.length > 0;
      this.set({ phase: shown ? 'ready' : 'error', message: sentence(error) });
      return;
    }
    const { sources, open, chosen } = this._state;
    if (!fresh && sources.length && open.size === 0) {
      // The default source, or the only one, is what most look for.
      const first = sources.find(one => one.default) ?? sources[0]!;
      this.toggle(first.name, null, true);
    }
    if (fresh) {
      const columns = [...this._state.columns.keys()];
      const known = new Set(sources.map(one => one.name));
      for (const name of this._state.tables.keys()) {
        if (known.has(name)) {
          void this.loadTables(name, true);
        }
      }
      for (const key of columns.filter(one => open.has(one))) {
        const [source, table] = key.split('/').map(decodeURIComponent) as [string, string];
        void this.loadColumns(source, table, true);
      }
      // What is folded is asked for when it unfolds.
      this.set({
        columns: new Map([...this._state.columns].filter(([key]) => open.has(key)))
      });
      if (chosen && !known.has(chosen.source)) {
        this.choose(null);
      }
    }
  }

  private needTables(source: string): void {
    if (!this._state.tables.has(source)) {
      void this.loadTables(source, false);
    }
  }

  private needColumns(source: string, table: string): void {
    if (!this._state.columns.has(keyOf(source, table))) {
      void this.loadColumns(source, table, false);
    }
  }

  private async loadTables(source: string, fresh: boolean): Promise<void> {
    const put = (one: Loaded<SqlTable>): void =>
      this.set({ tables: new Map(this._state.tables).set(source, one) });
    if (this._state.tables.get(source)?.phase !== 'ready') {
      put({ phase: 'loading' });
    }
    put(await loaded(this.api.sqlTables(source, fresh)));
  }

  private async loadColumns(source: string, table: string, fresh: boolean): Promise<void> {
    const key = keyOf(source, table);
    if (this._state.columns.get(key)?.phase !== 'ready') {
      this.set({ columns: new Map(this._state.columns).set(key, { phase: 'loading' }) });
    }
    const found = await loaded(this.api.sqlColumns(source, table, fresh));
    this.set({ columns: new Map(this._state.columns).set(key, found) });
  }

  private set(change: Partial<CatalogState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit(this._state);
  }

  private awake = false;
  private _changed = new Signal<this, CatalogState>(this);
  private _state: CatalogState = {
    phase: 'loading',
    message: null,
    sources: [],
    tables: new Map(),
    columns: new Map(),
    open: new Set(),
    filter: '',
    chosen: null,
    preview: null
  };
}

async function loaded<T>(asked: Promise<{ items: T[] }>): Promise<Loaded<T>> {
  try {
    return { phase: 'ready', items: (await asked).items };
  } catch (error) {
    const reason = error instanceof ApiError ? error.reason : '';
    return { phase: 'error', message: sentence(error), reason };
  }
}
