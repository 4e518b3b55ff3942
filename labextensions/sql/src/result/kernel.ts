/** Asks the kernel about a result that it holds. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { KernelQuestions } from '@lodge/kit';

import type { Page, Wanted } from './bundle';

/** The code of a chart, and the variable it draws. */
export interface Chart {
  code: string;
  variable: string;
  /** Whether the result had no variable before. */
  named: boolean;
}

/** The kernel's side of one displayed result. */
export class KernelResult {
  private readonly questions: KernelQuestions;

  constructor(
    private readonly id: string,
    kernel: () => Kernel.IKernelConnection | null,
    trans: TranslationBundle
  ) {
    this.questions = new KernelQuestions('lodge.result', kernel, {
      noKernel: trans.__('No kernel is running; run the cell to look through all rows.'),
      noAnswer: trans.__('The result is no longer in the kernel’s memory; run the cell again.')
    });
  }

  async page(wanted: Wanted): Promise<Page> {
    const answer = await this.questions.ask({ id: this.id, page: { ...wanted } });
    return { rows: answer.rows as Page['rows'], found: Number(answer.found) };
  }

  async chart(): Promise<Chart> {
    const answer = await this.questions.ask({ id: this.id, chart: true });
    return {
      code: String(answer.code),
      variable: String(answer.variable),
      named: answer.named === true
    };
  }

  dispose(): void {
    this.questions.dispose();
  }
}

/** The notebook that shows an element, or null. */
export function notebookOf(
  notebooks: INotebookTracker | null,
  node: HTMLElement
): NotebookPanel | null {
  return notebooks?.find(panel => panel.content.node.contains(node)) ?? null;
}
