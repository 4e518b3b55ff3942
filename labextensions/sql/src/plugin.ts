import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { ICompletionProviderManager } from '@jupyterlab/completer';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator } from '@jupyterlab/translation';
import { LodgeApi, loadWords } from '@lodge/kit';

import { LazyCompletion } from './lazy';
import { sqlHighlighting } from './highlight';
import { sqlIcon } from './icon';
import { CatalogModel } from './model';
import { CatalogPanel } from './panel';
import { resultFactory } from './result/renderer';

const SHOW = 'lodge:show-sql';

/** Look through the user's SQL sources in the side bar. */
export const catalog: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:sql',
  description: 'Shows SQL sources with their tables and columns.',
  autoStart: true,
  requires: [ILabShell],
  optional: [INotebookTracker, ICommandPalette, IMainMenu, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    shell: ILabShell,
    notebooks: INotebookTracker | null,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = loadWords(translator);
    const panel = new CatalogPanel(new CatalogModel(new LodgeApi(trans)), {
      trans,
      insert: text => insert(notebooks, text)
    });
    shell.add(panel, 'left', { rank: 255, type: 'SQL' });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(SHOW, {
      label: trans.__('Show SQL sources'),
      icon: sqlIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => shell.activateById(panel.id)
    });
    palette?.addItem({ command: SHOW, category: trans.__('Lodge') });
    menu?.viewMenu.addGroup([{ command: SHOW }], 51);
  }
};

/** SQL's colours in cells that begin with `%%sql`. */
export const highlighting: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:sql-highlighting',
  description: 'Highlights SQL in cells that begin with %%sql.',
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  optional: [ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    editors: IEditorExtensionRegistry,
    translator: ITranslator | null
  ) => {
    const api = new LodgeApi(loadWords(translator));
    const entered = (text: string): void => {
      // Only for its effect on the server, which keeps what it has read.
      void import('./completion').then(({ prefetch }) => prefetch(api, text));
    };
    editors.addExtension({
      name: 'lodge:sql-cells',
      factory: ({ inline, model }) =>
        // Cells only: a file that begins so is no cell.
        inline
          ? EditorExtensionRegistry.createImmutableExtension(sqlHighlighting(model, entered))
          : null
    });
  }
};

/** Names of SQL in cells that begin with `%%sql`; loaded when one is first completed. */
export const completion: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:sql-completion',
  description: 'Completes keywords, tables, columns and variables in %%sql cells.',
  autoStart: true,
  requires: [ICompletionProviderManager],
  optional: [ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    completers: ICompletionProviderManager,
    translator: ITranslator | null
  ) => {
    const api = new LodgeApi(loadWords(translator));
    completers.registerProvider(new LazyCompletion(api));
  }
};

/** Results of `%%sql` as tables to sort, search and page through. */
export const results: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:sql-results',
  description: 'Shows results of %%sql as tables to look through, with a chart in one click.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [INotebookTracker, ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    renderers: IRenderMimeRegistry,
    notebooks: INotebookTracker | null,
    translator: ITranslator | null
  ) => {
    renderers.addFactory(resultFactory({ notebooks, trans: loadWords(translator) }));
  }
};

/** Put a cell below the active one, or into it when it is empty. */
function insert(notebooks: INotebookTracker | null, text: string): boolean {
  const notebook = notebooks?.currentWidget?.content;
  if (!notebook) {
    return false;
  }
  const active = notebook.activeCell?.model;
  if (active?.type !== 'code' || active.sharedModel.getSource().trim()) {
    NotebookActions.insertBelow(notebook);
    if (notebook.activeCell?.model.type !== 'code') {
      NotebookActions.changeCellType(notebook, 'code');
    }
  }
  notebook.activeCell?.model.sharedModel.setSource(text.trimEnd());
  notebook.activate();
  notebook.mode = 'edit';
  return true;
}
