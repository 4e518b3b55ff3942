/** Asks the kernel about a result, over a comm that is opened with the first question. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Page, Wanted } from './bundle';

const TARGET = 'lodge.result';

/** The code of a chart, and the variable it draws. */
export interface Chart {
  code: string;
  variable: string;
  /** Whether the result had no variable before. */
  named: boolean;
}

/** The kernel's sentence on what it can't do. */
export class ResultError extends Error {
  constructor(
    message: string,
    /** Whether the result is no longer there. */
    readonly gone: boolean
  ) {
    super(message);
  }
}

interface Pending {
  resolve: (data: Record<string, unknown>) => void;
  reject: (error: ResultError) => void;
}

/** The kernel's side of one displayed result. */
export class KernelResult {
  private comm: Kernel.IComm | null = null;
  private readonly pending = new Map<number, Pending>();
  private asked = 0;

  constructor(
    private readonly id: string,
    private readonly kernel: () => Kernel.IKernelConnection | null,
    private readonly trans: TranslationBundle
  ) {}

  async page(wanted: Wanted): Promise<Page> {
    const answer = await this.ask({ page: { ...wanted } });
    return { rows: answer.rows as Page['rows'], found: Number(answer.found) };
  }

  async chart(): Promise<Chart> {
    const answer = await this.ask({ chart: true });
    return {
      code: String(answer.code),
      variable: String(answer.variable),
      named: answer.named === true
    };
  }

  dispose(): void {
    const comm = this.comm;
    this.drop();
    if (comm && !comm.isDisposed) {
      comm.close();
    }
  }

  private ask(question: Record<string, unknown>): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const comm = this.open();
      if (!comm) {
        reject(
          new ResultError(
            this.trans.__('No kernel is running; run the cell to look through all rows.'),
            true
          )
        );
        return;
      }
      const request = ++this.asked;
      this.pending.set(request, { resolve, reject });
      comm.send({ ...(question as object), request, id: this.id });
    });
  }

  private open(): Kernel.IComm | null {
    if (this.comm && !this.comm.isDisposed) {
      return this.comm;
    }
    const kernel = this.kernel();
    if (!kernel || kernel.status === 'dead' || kernel.isDisposed) {
      return null;
    }
    const comm = kernel.createComm(TARGET);
    comm.onMsg = message => this.answered(message.content.data as Record<string, unknown>);
    // A kernel that has not shown this result closes at once.
    comm.onClose = () => this.drop();
    comm.open({});
    this.comm = comm;
    return comm;
  }

  private answered(data: Record<string, unknown>): void {
    const waiting = this.pending.get(Number(data.request));
    this.pending.delete(Number(data.request));
    if (typeof data.error === 'string') {
      waiting?.reject(new ResultError(data.error, data.reason === 'gone'));
    } else {
      waiting?.resolve(data);
    }
  }

  private drop(): void {
    this.comm = null;
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const one of waiting) {
      one.reject(
        new ResultError(
          this.trans.__('The result is no longer in the kernel’s memory; run the cell again.'),
          true
        )
      );
    }
  }
}

/** The notebook that shows an element, or null. */
export function notebookOf(
  notebooks: INotebookTracker | null,
  node: HTMLElement
): NotebookPanel | null {
  return notebooks?.find(panel => panel.content.node.contains(node)) ?? null;
}
