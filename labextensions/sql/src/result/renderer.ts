/** Shows a result of `%%sql` as a table to look through; its parts load with the first of them. */
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel } from '@lumino/widgets';

import { MIME, parseBundle } from './bundle';
import { KernelResult, notebookOf } from './kernel';

interface Options {
  notebooks: INotebookTracker | null;
  trans: TranslationBundle;
}

/** The renderer of one output. */
class ResultRenderer extends Panel implements IRenderMime.IRenderer {
  private kernel: KernelResult | null = null;

  constructor(private readonly options: Options) {
    super();
    this.addClass('lodge-Result');
    // Keys pressed here are for the table, not commands of the notebook.
    this.node.dataset.lmSuppressShortcuts = 'true';
    this.node.dataset.lodge = 'result';
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const bundle = parseBundle(model.data[MIME]);
    if (!bundle) {
      this.node.textContent = String(model.data['text/plain'] ?? '');
      return;
    }
    const { ResultTable } = await import('./table');
    if (this.isDisposed) {
      return;
    }
    const { notebooks, trans } = this.options;
    this.kernel?.dispose();
    const panel = () => notebookOf(notebooks, this.node);
    const session = () => panel()?.sessionContext.session?.kernel ?? null;
    this.kernel = bundle.id ? new KernelResult(bundle.id, session, trans) : null;
    for (const old of [...this.widgets]) {
      old.dispose();
    }
    this.addWidget(new ResultTable({ bundle, kernel: this.kernel, panel, trans }));
  }

  override dispose(): void {
    this.kernel?.dispose();
    super.dispose();
  }
}

/** Before HTML, which the same output holds for everything that does not know Lodge. */
export function resultFactory(options: Options): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [MIME],
    defaultRank: 20,
    createRenderer: () => new ResultRenderer(options)
  };
}
