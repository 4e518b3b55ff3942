import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IMainMenu } from '@jupyterlab/mainmenu';
import type { Notebook } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { LodgeApi, loadWords } from '@lodge/kit';

import { parseCell } from './cell';

const FORMAT = 'lodge:format-sql';

/** Lays out the SQL of the active `%%sql` cell. */
export const formatting: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:sql-formatting',
  description: 'Formats the SQL of %%sql cells.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, IMainMenu, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    translator: ITranslator | null
  ) => {
    const trans = loadWords(translator);
    const api = new LodgeApi(trans);
    app.commands.addCommand(FORMAT, {
      label: trans.__('Format SQL'),
      caption: trans.__('Lay out the SQL of this cell over lines'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => sqlOf(notebooks.currentWidget?.content) !== null,
      execute: async () => {
        const found = sqlOf(notebooks.currentWidget?.content);
        if (!found) {
          return;
        }
        const { text, cell, model } = found;
        try {
          const { formatSql } = await import('./format');
          const laid = formatSql(text, cell.body, await kindOf(api, cell.source));
          // Somebody may have typed meanwhile.
          if (model.getSource() === text && laid !== text) {
            model.setSource(laid);
          }
        } catch {
          Notification.warning(
            trans.__(
              'This SQL can’t be formatted, so it stays as it is; look for an open bracket.'
            ),
            { autoClose: 5000 }
          );
        }
      }
    });
    app.commands.addKeyBinding({
      command: FORMAT,
      keys: ['Accel Shift Alt F'],
      selector: '.jp-Notebook .jp-CodeCell'
    });
    app.contextMenu.addItem({ command: FORMAT, selector: '.jp-Notebook .jp-CodeCell', rank: 9 });
    palette?.addItem({ command: FORMAT, category: trans.__('Lodge') });
    menu?.editMenu.addGroup([{ command: FORMAT }], 30);
  }
};

function sqlOf(notebook: Notebook | undefined) {
  const model = notebook?.activeCell?.model;
  const text = model?.type === 'code' ? model.sharedModel.getSource() : '';
  const cell = parseCell(text);
  return model && cell ? { text, cell, model: model.sharedModel } : null;
}

/** The type of a source; without an answer standard SQL is assumed. */
async function kindOf(api: LodgeApi, name: string | null): Promise<string> {
  try {
    const { items } = await api.sqlSources();
    return items.find(one => (name === null ? one.default : one.name === name))?.type ?? '';
  } catch {
    return '';
  }
}
